# scripts/conformance adopt
source $kit/adopt.tcl
options arguments {--program {path target::program}}
if {[llength $arguments] != 2} {
    complain "adopt wants a report and the id of a source"
}
lassign $arguments report source
set sources [rows::sources $target::program]
if {![dict exists $sources $source]} {
    complain "$source: no such source: give it a row in services/source.c,\
        build, and try again"
}
if {[catch {adopt::read [path_of $report]} answers]} {
    complain "$report: $answers"
}
set total 0
dict for {path of_session} $answers {
    set target::release [file tail [file dirname $path]]
    set adopt::rows [rows::load $target::program $target::release]
    incr total [adopt::session $path $of_session $source $sources]
}
puts "$total answers adopted. Rows to change, then play again:"
dict for {change -} $adopt::changes {
    lassign $change row line
    if {$row eq {}} {
        puts "    new line: $line"
    } elseif {$line eq ""} {
        # A row that is only a value tells nothing.
        if {[dict get $row evidence] ne "SEEN" && [dict get $row weight] > 0} {
            puts "    [adopt::place $row]: [dict get $row evidence], now SEEN\
                in $source: [dict get $row text]"
        }
    } elseif {$line eq "-"} {
        puts "    [adopt::place $row]: not said: [dict get $row text]"
    } else {
        puts "    [adopt::place $row]: [dict get $row text]\n        is: $line"
    }
}
