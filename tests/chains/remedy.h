/*
 * What a hint advises, done to the graph; and what is true of it.
 */
#ifndef TESTS_CHAINS_REMEDY_H
#define TESTS_CHAINS_REMEDY_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/chains/ask.h"
#include "tests/chains/graph.h"

/* Is it so, as far as the plan tells? */
bool remark_is_true(const struct graph *graph, size_t question,
                    const struct remark *remark);

/* Changes files or has certificates issued anew; false: it advises nothing
   that a machine could do. */
bool remedy(struct graph *graph, size_t question, const struct remark *remark);

#endif
