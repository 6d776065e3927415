# Decides whether an answer fits what a session expects: byte for byte, except
# for placeholders of the session and for what differs from host to host.
namespace eval fit {
    # What differs from host to host (clock, serial numbers, keys, users), and
    # what it is replaced by on both sides.
    variable varying {
        {User \S+ from \S+ issued} {User <who> from <where> issued}
        {[0-9]{4}-[A-Z][a-z]{2}-[0-9]{2}} {<day>}
        {\([0-9]+ days remain\)} {(<number> days remain)}
        {[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4}} {<date>}
        {[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} [0-9]{4} GMT} {<date>}
        {^( +Serial Number:).*} {\1 <serial>}
        {^ +([0-9a-fA-F]{2}:)+([0-9a-fA-F]{2})?$} {<octets>}
        {^ +([0-9]+ \(0x[0-9a-f]+\))$} {<octets>}
    }
}

proc fit::steady {line} {
    variable varying
    foreach {pattern instead} $varying {
        regsub -all -- $pattern $line $instead line
    }
    return $line
}

# An expected line as a regular expression.  {*} is any text; {dots}, or a line
# of dots, is any number of dots, as of a key search.
proc fit::expression {line} {
    if {[regexp {^\.+$} $line]} {
        return {^\.+$}
    }
    regsub -all {[][$^?+*()|\\.{}]} $line {\\&} line
    return "^[string map {\\{\\*\\} .* \\{dots\\} \\.+} $line]$"
}

proc fit::line {expected got} {
    return [expr {[regexp -- [expression $expected] $got] ||
        [regexp -- [expression [steady $expected]] [steady $got]]}]
}

# Do the lines fit as they are?
proc fit::all {expected got} {
    while {[llength $expected] > 0} {
        set expected [lassign $expected first]
        if {$first eq "{...}"} {
            for {set i 0} {$i <= [llength $got]} {incr i} {
                if {[all $expected [lrange $got $i end]]} {
                    return 1
                }
            }
            return 0
        }
        if {[llength $got] == 0} {
            return 0
        }
        set got [lassign $got line]
        if {$first ne $line && ![line $first $line]} {
            return 0
        }
    }
    return [expr {[llength $got] == 0}]
}

# The smallest difference between what is expected and the answer: a list of
# {how expected got}, where how is "same", "wrong", "missing" or "extra".  A
# line {...} stands for any lines.
proc fit::align {expected got} {
    # The usual case, without a table.
    if {[all $expected $got]} {
        return [list [list same $expected $got]]
    }
    set n [llength $expected]
    set m [llength $got]
    # cost($i,$j): of the rest from expected line i and got line j.
    for {set i $n} {$i >= 0} {incr i -1} {
        for {set j $m} {$j >= 0} {incr j -1} {
            set cost($i,$j) [lindex [cheapest cost $expected $got $i $j] 0]
        }
    }
    set path {}
    set i 0
    set j 0
    while {$i < $n || $j < $m} {
        lassign [cheapest cost $expected $got $i $j] - how
        set e [lindex $expected $i]
        set g [lindex $got $j]
        switch $how {
            same - wrong { lappend path [list $how $e $g]; incr i; incr j }
            missing { lappend path [list missing $e ""]; incr i }
            extra { lappend path [list extra "" $g]; incr j }
            skip { lappend path [list same "" $g]; incr j }
            end { lappend path [list same $e ""]; incr i }
        }
    }
    return $path
}

proc fit::cheapest {name expected got i j} {
    upvar 1 $name cost
    set n [llength $expected]
    set m [llength $got]
    if {$i == $n && $j == $m} {
        return {0 done}
    }
    set ways {}
    if {$i < $n && [lindex $expected $i] eq "{...}"} {
        lappend ways [list $cost([expr {$i + 1}],$j) end]
        if {$j < $m} {
            lappend ways [list $cost($i,[expr {$j + 1}]) skip]
        }
        return [lindex [lsort -integer -index 0 $ways] 0]
    }
    if {$i < $n && $j < $m} {
        set same [line [lindex $expected $i] [lindex $got $j]]
        set rest $cost([expr {$i + 1}],[expr {$j + 1}])
        lappend ways [expr {$same ? [list $rest same]
            : [list [expr {$rest + 3}] wrong]}]
    }
    if {$i < $n} {
        lappend ways [list [expr {$cost([expr {$i + 1}],$j) + 2}] missing]
    }
    if {$j < $m} {
        lappend ways [list [expr {$cost($i,[expr {$j + 1}]) + 2}] extra]
    }
    return [lindex [lsort -integer -index 0 $ways] 0]
}

proc fit::all_same {path} {
    foreach part $path {
        if {[lindex $part 0] ne "same"} {
            return 0
        }
    }
    return 1
}

# Do lines of that row consist of values only, like an entry of a list?
proc fit::is_value {row} {
    return [expr {$row eq {} || [dict get $row weight] == 0 ||
        ([dict get $row commands] ne {} &&
        [string match %1* [dict get $row text]])}]
}

# On a host with unknown settings only the form counts: of each expected line
# the fixed text of its row is compared, and lines of optional rows may be
# missing or additional.  So may values, if the command lists them.
proc fit::form {candidates expected got is_list} {
    set forms {}
    foreach line $expected {
        set row [rows::classify $candidates $line]
        if {[is_value $row]} {
            set form [expr {$is_list ? "" : "{...}"}]
        } elseif {[dict get $row kind] eq "optional"} {
            continue
        } else {
            set form [regsub -all {%[1-4]} [dict get $row text] "{*}"]
        }
        # An entry may be there any number of times.
        if {$form ne "" && [lindex $forms end] ne $form} {
            lappend forms $form
        }
    }
    set kept {}
    set before {}
    foreach line $got {
        set row [rows::classify $candidates $line]
        if {$row ne {} && [dict get $row kind] eq "optional"} continue
        if {$is_list && [is_value $row]} continue
        if {$row ne {} && $row eq $before} continue
        lappend kept $line
        set before $row
    }
    return [align $forms $kept]
}
