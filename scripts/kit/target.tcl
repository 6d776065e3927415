# What is played on: a program of ours, each session with a state directory of
# its own, or a host by ssh(1).
namespace eval target {
    variable kind local
    variable program mmp
    variable release 3.9
    variable exec 0     ;# one command a run, no session
    variable where {}   ;# user@host of ssh
    variable port {}
    variable config {}  ;# of ssh, -F
    variable apart 0    ;# what ssh itself says must not stand among answers
    variable reset {}   ;# a command that makes the host as new
    variable folder {}  ;# of our own, for all that is temporary
    variable state {}   ;# of the session in play
    variable real {}    ;# address of ours -> the one that sessions expect
    variable offset_known 1
}

proc target::describe {} {
    variable kind
    variable program
    variable where
    return [expr {$kind eq "local" ? $program : "ssh:$where"}]
}

# Is it one that may hold somebody's settings?
proc target::is_foreign {} {
    variable kind
    variable reset
    return [expr {$kind eq "ssh" && $reset eq ""}]
}

# "" or why not.
proc target::open {} {
    variable kind
    variable folder
    # In memory, where there is such a place: what is durable waits for disks.
    set place [expr {[file writable /dev/shm] ? "/dev/shm" : "/tmp"}]
    set folder [exec mktemp -d $place/mmp-conformance-XXXXXX]
    return [expr {$kind eq "ssh" ? [open_ssh] : ""}]
}

proc target::close {} {
    variable kind
    variable folder
    if {$kind eq "ssh"} {
        catch {exec ssh {*}[ssh_options] -O exit [set target::where] 2>@1}
        console::stop_master
    }
    if {$folder ne ""} {
        file delete -force $folder
        set folder {}
    }
}

#
# A program of ours.
#

# Addresses that no other run has, one for each interface.
proc target::own_address {i} {
    set n [expr {[pid] * 8 + $i}]
    return [format 127.%d.%d.%d [expr {64 + $n / 62500 % 128}] \
        [expr {1 + $n / 250 % 250}] [expr {1 + $n % 250}]]
}

proc target::begin_local {session} {
    variable folder
    variable state
    variable real
    variable offset_known
    set state $folder/state
    file mkdir $state/files
    file attributes $state -permissions 0700
    set addresses [dict create a 127.0.0.1 b 127.0.0.2 c 127.0.0.3 d 127.0.0.4 \
        e 127.0.0.5 lo 127.0.0.1]
    # As root the ports are those of the sessions; else ours are higher.
    set offset [expr {[exec id -u] == 0 ? 0 : ""}]
    foreach step [dict get $session steps] {
        if {[dict get $step do] eq "set"} {
            set value [dict get $step value]
            switch [dict get $step key] {
                interface { dict set addresses a [lindex $value end] }
                offset { set offset $value }
            }
        }
    }
    set offset_known [expr {$offset ne ""}]
    set real {}
    set interfaces ""
    set i 0
    dict for {name expected} $addresses {
        set address [own_address [expr {$name eq "lo" ? 0 : $i}]]
        append interfaces "$name = \"$address\"; "
        lappend real $address $expected
        incr i
    }
    set file [::open $folder/mmp.cfg w]
    puts $file "hostname = \"[dict get $session hostname]\";"
    puts $file "diagnostics = false;"
    puts $file "interfaces = { $interfaces};"
    if {$offset_known} {
        puts $file "port_offset = $offset;"
    }
    ::close $file
    return [connect]
}

# From here on hints follow the answers.
proc target::set_diagnostics {} {
    variable folder
    set text [read_text $folder/mmp.cfg]
    set file [::open $folder/mmp.cfg w]
    puts -nonewline $file [string map {"diagnostics = false" \
        "diagnostics = true"} $text]
    ::close $file
    console::leave
    return [connect]
}

proc target::command_line {} {
    variable program
    variable release
    variable folder
    variable state
    return [list $program -d $state -f $folder/mmp.cfg -r $release]
}

proc target::end_local {} {
    variable folder
    variable state
    console::leave
    if {$state eq ""} {
        return
    }
    # What a session has enabled is still running.
    if {[file exists $state/private/supervisor]} {
        catch {exec {*}[command_line] -c shutdown << "Y\n" 2>@1}
    }
    file delete -force $state
}

#
# A host.
#

proc target::ssh_options {} {
    variable config
    variable port
    variable folder
    set options [list -o ControlPath=$folder/control]
    if {$config ne ""} {
        lappend options -F $config
    }
    if {$port ne ""} {
        lappend options -o Port=$port
    }
    return $options
}

# One connection for everything: a password is asked for once.
proc target::open_ssh {} {
    variable where
    variable folder
    return [console::start_master $folder/control \
        ssh {*}[ssh_options] -M -N $where]
}

proc target::is_connected {} {
    variable where
    return [expr {![catch {exec ssh {*}[ssh_options] -O check $where 2>@1}]}]
}

#
# Both.
#

# Gets ready for a session.  "" or why not.
proc target::begin {session} {
    variable kind
    variable reset
    variable real
    if {$kind eq "local"} {
        return [begin_local $session]
    }
    set real {}
    if {$reset ne "" &&
        [catch {exec sh -c $reset <@stdin >@stderr 2>@stderr} said]} {
        error "--reset $reset: $said" "" CHILDSTATUS
    }
    return [connect]
}

# A console, unless each command gets one of its own.
proc target::connect {} {
    variable kind
    variable exec
    variable where
    if {$exec} {
        return ""
    }
    if {$kind eq "local"} {
        return [console::start {*}[command_line]]
    }
    # It says that the connection is closed as if the host did.
    variable apart
    set level [expr {$apart ? {-o LogLevel=ERROR} : {}}]
    set why [console::start ssh {*}[ssh_options] {*}$level -tt $where]
    return [expr {$why eq "" ? [console::await_echo_off] : $why}]
}

proc target::end {} {
    variable kind
    if {$kind eq "local"} {
        end_local
    } else {
        console::leave
    }
}

# Puts a fixture there.  "" or why not.
proc target::upload {name as} {
    variable kind
    variable state
    variable where
    set source testdata/pki/$name
    if {$kind eq "local"} {
        file copy -force $source $state/files/$as
        return ""
    }
    return [catch_words {exec sftp -q {*}[ssh_options] -b - $where \
        << "put $source $as\n" 2>@1}]
}

proc target::catch_words {script} {
    if {[catch {uplevel 1 $script} said]} {
        return [lindex [split [string trim $said] \n] 0]
    }
    return ""
}

# Types a line as console::type does.
proc target::type {typed questions} {
    variable exec
    variable real
    variable offset_known
    set answer [expr {$exec ? [run $typed $questions]
        : [console::type $typed $questions]}]
    set lines [lmap line [dict get $answer lines] {string map $real $line}]
    if {!$offset_known} {
        set lines [lsearch -all -inline -not $lines "NOTE: * is port * here"]
    }
    dict set answer lines $lines
    return $answer
}

# One command a run; the answers on its standard input.
proc target::run {typed questions} {
    variable kind
    variable where
    set line [expr {$kind eq "local" ? [list {*}[command_line] -c $typed]
        : [list ssh {*}[ssh_options] -T $where $typed]}]
    set answers [join [lmap question $questions {lindex $question 1}] \n]
    set limit [list timeout $console::patience]
    set failed [catch {exec -keepnewline {*}$limit {*}$line << "$answers\n" \
        2>@1} said options]
    if {$failed && [lindex [dict get $options -errorcode] 2] == 124} {
        return [dict create how silent \
            lines [split [string trimright $said] \n]]
    }
    set lines [split $said \n]
    if {[lindex $lines end] eq ""} {
        set lines [lrange $lines 0 end-1]
    }
    return [dict create how prompt lines $lines]
}
