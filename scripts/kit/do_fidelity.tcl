# scripts/conformance fidelity: docs/fidelity.md, from the tables and the
# sessions; with --check it writes nothing and reports what is wrong.
source $kit/extract.tcl
set check 0
options arguments [dict create --check {flag ::check 1}]
if {$arguments ne {}} {
    complain "fidelity wants no [lindex $arguments 0]"
}
set page docs/fidelity.md
set releases {2.9 3.9}
set sources [rows::sources $target::program]
set wrong {}

# The group that a command is counted in: its first word, for pki its first two.
proc group_of {commands} {
    set words [split [string trim [string map {* ""} $commands]]]
    return [join [lrange $words 0 [expr {[lindex $words 0] eq "pki"}]]]
}

# All rows, each with its groups and its release; "" is any command.
proc groups_of {row} {
    if {[dict get $row kind] eq "command"} {
        return [list [group_of [dict get $row text]]]
    }
    if {[dict get $row commands] eq {}} {
        return {{}}
    }
    return [lsort -unique [lmap one [dict get $row commands] {group_of $one}]]
}

proc add {name key release evidence} {
    upvar 1 $name counts
    if {![dict exists $counts $key $release]} {
        dict set counts $key $release {SEEN 0 RECALL 0 GUESS 0}
    }
    dict with counts $key $release {
        incr $evidence
    }
}

# "12 / 3 / 1": seen, recalled, guessed.
proc shares {counts key release} {
    if {![dict exists $counts $key $release]} {
        return "-"
    }
    return [join [dict values [dict get $counts $key $release]] " / "]
}

# The words of a usage line before its first slot.
proc literal_words {usage} {
    set words {}
    foreach word [split $usage] {
        if {[regexp {[<(\[]} $word]} break
        lappend words $word
    }
    return [join $words]
}

# How a session shows a row: in its answers, or because it is typed.
proc shows {row step} {
    set typed [dict get $step words]
    if {[dict get $row kind] eq "command"} {
        set words [literal_words [dict get $row text]]
        return [expr {$typed eq $words || [string match "$words *" $typed]}]
    }
    if {[dict get $row commands] ne {} && ![rows::belongs $row $typed]} {
        return 0
    }
    return [expr {[lsearch -regexp [dict get $step shown] \
        [dict get $row pattern]] >= 0}]
}

# The answers, with questions but without what is typed for them.
proc shown {step} {
    return [lmap line [dict get $step expected] {
        lindex [concat [transcript::question $line] [list $line]] 0
    }]
}

# A line that was seen, or the part of it that is a row, must occur in a session
# of its document, byte for byte.
proc is_proved {row steps} {
    set pattern [string range [dict get $row pattern] 1 end-1]
    set documents [split [string map {", " ,} [dict get $row source]] ,]
    foreach step $steps {
        if {[dict get $step source] ni $documents} continue
        foreach line [dict get $step shown] {
            if {[regexp -- $pattern $line part] &&
                ![regexp {\{(\*|\.\.\.)\}} $part]} {
                return 1
            }
        }
    }
    return 0
}

set commands [dict create]
set lines [dict create]
set totals [dict create]
set open [dict create]
set of [dict create]
set seen [dict create]
set all_steps {}
foreach release $releases {
    set rows [rows::load $target::program $release]
    set steps {}
    foreach path [transcript::find $release all] {
        if {[catch {transcript::read $path $sources} session]} {
            lappend wrong $session
            continue
        }
        foreach step [dict get $session steps] {
            if {[dict get $step do] ne "type"} continue
            if {[dict get $step evidence] eq ""} {
                lappend wrong "$path:[dict get $step number]: no Source before"
                continue
            }
            dict set step path $path
            dict set step words [join [rows::words [dict get $step typed]]]
            dict set step shown [shown $step]
            lappend steps $step
        }
    }
    lappend all_steps {*}$steps
    foreach row $rows {
        set evidence [dict get $row evidence]
        set kind [dict get $row kind]
        if {$evidence ni $rows::order} {
            lappend wrong "$release: no evidence: [dict get $row text]"
            continue
        }
        set table [expr {$kind eq "command" ? "commands" : "lines"}]
        add totals $table $release $evidence
        foreach group [groups_of $row] {
            add $table $group $release $evidence
        }
        if {$evidence eq "SEEN"} {
            if {$kind ne "command"} {
                dict set seen [dict get $row text] $row
            }
            continue
        }
        # A row that only shows other texts leaves no question open.
        if {[dict get $row weight] < 4} continue
        # An open question, and how many sessions show it.
        set files {}
        foreach step $steps {
            if {[dict get $step path] ni $files && [shows $row $step]} {
                lappend files [dict get $step path]
            }
        }
        set key [list $kind [dict get $row text]]
        set known [expr {[dict exists $open $key] ? [dict get $open $key] : {}}]
        dict set open $key [lsort -unique [concat $known $files]]
        set groups [expr {[dict exists $of $key]
            ? [lindex [dict get $of $key] 1] : {}}]
        dict set of $key [list $evidence \
            [lsort -unique [concat $groups [groups_of $row]]]]
    }
}
dict for {text row} $seen {
    if {![is_proved $row $all_steps]} {
        lappend wrong "seen in [dict get $row source], but no session has it\
            byte for byte below that source: $text"
    }
}

# Scripts of users count like sessions: the commands that they type, and the
# texts that they wait for.
foreach path [lsort [glob -nocomplain testdata/expect/*.exp]] {
    set text [read_text $path]
    set typed [lmap pair [extract::commands $path] {lindex $pair 1}]
    dict for {key files} $open {
        lassign $key kind row
        if {$kind eq "command"} {
            set words [literal_words $row]
            set noticed [expr {$words in $typed ||
                [lsearch -glob $typed "$words *"] >= 0}]
        } else {
            set words [lindex [regexp -inline {^[^%]*} $row] 0]
            set noticed [expr {[string length $words] > 3 &&
                [string first $words $text] >= 0}]
        }
        if {$noticed} {
            dict set open $key [concat $files [list $path]]
        }
    }
}

proc cell {text} {
    return [string map {| \\| < &lt; > &gt;} $text]
}

set text "<!-- Made by scripts/conformance fidelity; do not edit. -->
# How true it is

Each command and each line of the console is **seen** in a public document,
**recalled** from the product's documentation, or seen where its exact form was
lost, or **guessed**. This page counts them; `mmp --evidence` lists them, and
`mmp --evidence 'pki match'` those of one command. What has been seen is also
in a session below `testdata/transcripts`, byte for byte.

The three numbers are seen / recalled / guessed.

|  | [join $releases { | }] |
|---|[string repeat ---| [llength $releases]]
"
foreach table {commands lines} {
    append text "| $table | [join [lmap release $releases {
        shares $totals $table $release}] { | }] |\n"
}
append text "
## By command

| | [join [lmap release $releases {
    string cat "commands of $release | lines of $release"}] { | }] |
|---|[string repeat ---| [expr {2 * [llength $releases]}]]
"
foreach group [lsort [lsort -unique [concat [dict keys $commands] \
    [dict keys $lines]]]] {
    set name [expr {$group eq "" ? "*any command*" : "`$group`"}]
    append text "| $name | [join [lmap release $releases {
        string cat [shares $commands $group $release] " | " \
            [shares $lines $group $release]}] { | }] |\n"
}
append text "
## Open questions

What has not been seen, ranked by the number of sessions and scripts that would
notice if it were different. An afternoon with a real appliance answers many of
these questions: `scripts/conformance play`, then `adopt`.

| noticed by | known | command | text |
|---|---|---|---|
"
set ranked [lsort -decreasing -integer -index 0 [lmap {key files} $open {
    list [llength $files] $key
}]]
foreach entry [lrange $ranked 0 59] {
    lassign $entry count key
    lassign [dict get $of $key] evidence groups
    append text "| $count | $evidence | [cell [join $groups {, }]] |\
        `[string map {` ' | \\|} [lindex $key 1]]` |\n"
}
append text "\nAnd [expr {max(0, [llength $ranked] - 60)}] more.

## Sources

"
dict for {id title} $sources {
    append text "- $id: $title\n"
}

if {!$check} {
    file mkdir docs
    set file [open $page w]
    puts -nonewline $file $text
    close $file
} elseif {![file exists $page] || [read_text $page] ne $text} {
    lappend wrong "$page is stale: run scripts/conformance fidelity"
}
foreach what $wrong {
    puts stderr "fidelity: $what"
}
exit [expr {$wrong ne {}}]
