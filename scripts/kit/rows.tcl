# What the program's tables know, as `mmp --evidence` prints it: for each line
# of the console, and each command, its evidence and the document behind it.
namespace eval rows {
    # Weaker evidence first.
    variable order {GUESS RECALL SEEN}
}

# A list of rows, each a dict: evidence, kind, commands (patterns), text,
# source, pattern (a regular expression) and weight (characters that are fixed).
proc rows::load {program release} {
    set rows {}
    foreach line [split [exec $program --evidence -r $release] \n] {
        set row [parse $line]
        if {[dict get $row kind] ne "source"} {
            lappend rows $row
        }
    }
    return $rows
}

proc rows::parse {line} {
    lassign [split $line \t] evidence kind commands text source
    set source [expr {$source eq "-" ? "" : $source}]
    set patterns {}
    if {$kind eq "command"} {
        # Of the commands only the usage line counts.
    } elseif {$commands ne "-"} {
        set patterns [lmap one [split [string map {", " ,} $commands] ,] {
            # "hostname." is that command alone.
            expr {[string index $one end] eq "." ? [string range $one 0 end-1]
                : "$one*"}
        }]
    }
    set fixed [regsub -all {%[1-4]} $text ""]
    return [dict create evidence $evidence kind $kind commands $patterns \
        text $text source $source pattern [pattern $text] \
        weight [string length [string trim $fixed]]]
}

# The expression of a line with %1 and the like in it.
proc rows::pattern {text} {
    return "^[regsub -all {%[1-4]} [literal $text] {.*}]$"
}

# A typed line need not be a list for Tcl.
proc rows::words {line} {
    return [regexp -all -inline {\S+} $line]
}

proc rows::belongs {row typed} {
    foreach pattern [dict get $row commands] {
        if {[string match $pattern $typed]} {
            return 1
        }
    }
    return 0
}

# The rows of lines that a command may say.
proc rows::of {rows typed} {
    set typed [join [words $typed]]
    return [lmap row $rows {
        if {[dict get $row kind] eq "command" || ([dict get $row commands] ne {}
            && ![belongs $row $typed])} continue
        set row
    }]
}

# The row that says a line: the one with most fixed characters; {} for none.
# A row with hardly any ("%1: %4") tells something for its own commands only.
proc rows::classify {candidates line} {
    set best {}
    set weight -1
    foreach row $candidates {
        if {[dict get $row weight] > $weight &&
            ([dict get $row weight] > 3 || [dict get $row commands] ne {}) &&
            [regexp -- [dict get $row pattern] $line]} {
            set best $row
            set weight [dict get $row weight]
        }
    }
    return $best
}

proc rows::weaker {a b} {
    variable order
    return [expr {[lsearch $order $a] < [lsearch $order $b] ? $a : $b}]
}

# How well an expected line is known: no better than its row, and no better
# than what its session goes back to.  A line that no row says is a guess.
proc rows::evidence {candidates line section} {
    set row [classify $candidates $line]
    if {$row eq {}} {
        return GUESS
    }
    return [weaker [dict get $row evidence] $section]
}

# The ids of the documents and their titles.
proc rows::sources {program} {
    set sources [dict create]
    foreach line [split [exec $program --evidence] \n] {
        lassign [split $line \t] - kind - title id
        if {$kind eq "source"} {
            dict set sources $id $title
        }
    }
    return $sources
}

# The expression of a text as it is.
proc rows::literal {text} {
    regsub -all {[][$^?+*()|\\.{}]} $text {\\&} text
    return $text
}
