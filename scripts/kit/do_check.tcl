# scripts/conformance check
source $kit/extract.tcl
set releases {}
options arguments {
    --release {add ::releases}
    --program {path target::program}
}
if {$arguments eq {}} {
    complain "check which file?"
}
if {$releases eq {}} {
    set releases {2.9 3.9}
}

# Complaints of a release's grammar about the commands: number -> {word why}.
proc complaints {commands release} {
    set input [join [lmap pair $commands {lindex $pair 1}] \n]
    catch {exec $target::program --check -r $release << "$input\n"} said options
    set found [dict create]
    foreach line [split $said \n] {
        if {[regexp {^(\d+):(\d+): (.*)$} $line - number word why]} {
            dict set found $number [list $word $why]
        } elseif {$line ne "child process exited abnormally"} {
            complain $line
        }
    }
    return $found
}

# The commands that no release takes, with the complaint of the release that
# takes most.
proc of_all {commands releases} {
    set all [lmap release $releases {complaints $commands $release}]
    set found [dict create]
    dict for {number complaint} [lindex $all 0] {
        foreach other [lrange $all 1 end] {
            if {![dict exists $other $number]} {
                set complaint {}
                break
            }
            if {[lindex [dict get $other $number] 0] > [lindex $complaint 0]} {
                set complaint [dict get $other $number]
            }
        }
        if {$complaint ne {}} {
            dict set found $number $complaint
        }
    }
    return $found
}

set bad 0
foreach name $arguments {
    set commands [extract::commands [path_of $name]]
    dict for {number complaint} [of_all $commands $releases] {
        lassign $complaint word why
        puts "$name:[lindex $commands [expr {$number - 1}] 0]: word $word: $why"
        set bad 1
    }
}
exit $bad
