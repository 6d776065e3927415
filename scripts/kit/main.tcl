# The main program of scripts/conformance, run by expect.  argv: the subcommand.
log_user 0
# Whatever the locale: the sessions, and what is checked, are in UTF-8.  What
# came by another encoding is read again.
set came [encoding system]
encoding system utf-8
proc read_again {word} {
    return [encoding convertfrom utf-8 [encoding convertto $::came $word]]
}
set argv [lmap word $argv {read_again $word}]
foreach name {MMP_PROGRAM MMP_CALLER} {
    set env($name) [read_again $env($name)]
}
foreach channel {stdout stderr} {
    fconfigure $channel -encoding utf-8
}

# What a file says, in UTF-8.
proc read_text {path} {
    if {[file isdirectory $path]} {
        error "$path: a directory, not a file" "" {POSIX EISDIR}
    }
    set file [open $path]
    set text [read $file]
    close $file
    return $text
}

set kit [file dirname [file normalize [info script]]]
foreach part {rows transcript fit console target safety play report} {
    source $kit/$part.tcl
}

proc complain {what} {
    puts stderr "scripts/conformance: $what"
    exit 2
}

# Takes the options of a subcommand off the list of arguments.  known: for each
# option its name, its kind and the variable.  A kind is "value", "number" or
# "path"; "flag" with the value to set; or "add", which appends the option's
# value, or the value given here.
proc options {name known} {
    upvar 1 $name arguments
    set rest {}
    while {$arguments ne {}} {
        set arguments [lassign $arguments word]
        if {![dict exists $known $word]} {
            if {[string match -?* $word]} {
                complain "unknown option $word; see scripts/conformance --help"
            }
            lappend rest $word
            continue
        }
        lassign [dict get $known $word] kind variable value
        if {$kind in {value number path} || ($kind eq "add" && $value eq "")} {
            if {$arguments eq {}} {
                complain "$word wants a value"
            }
            set arguments [lassign $arguments value]
        }
        if {$kind eq "path"} {
            set value [path_of $value]
        } elseif {$kind eq "number" && ![regexp {^[1-9]\d{0,5}$} $value]} {
            complain "$word $value: not a number from 1"
        }
        if {$kind eq "add"} {
            lappend $variable $value
        } else {
            set $variable $value
        }
    }
    set arguments $rest
}

set target_options {
    --program {path target::program}
    --release {value target::release}
    --ssh-config {path target::config}
    --timeout {number console::patience}
}

# ssh:user@host[:port] or local.
proc set_target {text} {
    if {$text eq "local"} {
        return
    }
    set pattern {^ssh:([^:@-][^:@]*@)?([^:@-][^:]*)(:([0-9]+))?$}
    if {![regexp $pattern $text - user host - port]} {
        complain "no target: $text"
    }
    set target::kind ssh
    set target::where $user$host
    set target::port $port
}

set target::program $env(MMP_PROGRAM)

# Paths are relative to the caller's folder, not to the project's, where we are.
proc path_of {name} {
    return [file join $::env(MMP_CALLER) $name]
}

# What the normal end would have done: removes what was made on a host, and all
# that is temporary here.
proc clean_up {} {
    if {$target::folder eq ""} {
        return
    }
    set left [lsort -unique $play::made]
    # It may be in the middle of an answer.
    catch console::stop
    catch {set left [play::clean_up]}
    catch target::end
    catch target::close
    foreach name $left {
        catch {puts stderr "scripts/conformance: left on the host: $name"}
    }
}

# The status to end with, of a signal; none if scripts/conformance is gone.
proc end_by_signal {signals} {
    fileevent $signals readable {}
    clean_up
    exit [expr {[gets $signals status] > 0 ? $status : 129}]
}
trap SIG_IGN {HUP INT QUIT TERM}
set signals [open /dev/fd/3]
fileevent $signals readable [list end_by_signal $signals]

# "--" keeps expect from the options.
if {[lindex $argv 0] eq "--"} {
    set argv [lrange $argv 1 end]
}
set subcommand [lindex $argv 0]
set file $kit/do_$subcommand.tcl
if {![regexp {^[a-z]+$} $subcommand] || ![file exists $file]} {
    complain "no such subcommand: $subcommand"
}
set arguments [lrange $argv 1 end]
if {[catch {source $file} said]} {
    set code $errorCode
    set trace $errorInfo
    # A signal may have ended what it waited for.
    update
    clean_up
    # Errors of files and programs explain themselves; others are ours.
    if {[lindex $code 0] in {POSIX CHILDSTATUS}} {
        complain [lindex [split $said \n] 0]
    }
    puts stderr $trace
    exit 2
}
exit
