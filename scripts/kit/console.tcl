# A console at a pseudo-terminal: types lines and reads the answers.
namespace eval console {
    variable prompt {(^|\n)([A-Za-z0-9][A-Za-z0-9.-]*)> $}
    variable id {}       ;# spawn id of expect, or {}
    variable terminal {} ;# the name of its pseudo-terminal
    variable patience 10 ;# seconds for an answer
    variable host {}     ;# the name in the last prompt
    variable master {}   ;# of the connection that others share
}

# Starts a program and waits for its first prompt.  Returns the reason if there
# is none, else "".  The user is asked for a password or a host key, and has a
# minute to answer.
proc console::start {args} {
    variable id
    variable terminal
    variable patience
    variable prompt
    variable host
    # A terminal so wide that no line wraps; the program sets the echo.
    set ::stty_init "columns 4000 rows 1000"
    spawn -noecho {*}$args
    set id $spawn_id
    set terminal $spawn_out(slave,name)
    match_max -i $id 2000000
    set timeout [expr {$patience * 3}]
    expect {
        -i $id -re $prompt {
            set host $expect_out(2,string)
            return ""
        }
        -re {(?i)(password|passphrase)[^\n]*: ?$} {
            send -i $id -- "[ask_hidden $expect_out(buffer)]\r"
            exp_continue
        }
        -re {\(yes/no[^\n]*$} {
            send -i $id -- "[ask_user $expect_out(buffer)]\r"
            exp_continue
        }
        timeout { set why "no prompt" }
        eof { set why [string trim $expect_out(buffer)] }
    }
    stop
    return [expr {$why eq "" ? "it ended" : $why}]
}

# After the first prompt, waits until ssh(1) has switched the echo of its own
# terminal off: on a connection that others share the prompt may come before.
# Returns the reason if it does not, else "".
proc console::await_echo_off {} {
    variable terminal
    variable patience
    set end [expr {[clock seconds] + $patience}]
    while {![catch {exec stty -F $terminal -a} modes]} {
        if {[lsearch $modes -echo] >= 0} {
            return ""
        }
        if {[clock seconds] > $end} {
            return "ssh leaves the echo of its terminal on"
        }
        after 20
    }
    return $modes
}

proc console::ask_user {question} {
    puts -nonewline stderr $question
    flush stderr
    # Without gets waiting, which would see no signal.
    fileevent stdin readable {set console::readable 1}
    vwait console::readable
    fileevent stdin readable {}
    return [gets stdin]
}

proc console::ask_hidden {question} {
    catch {stty -echo <@stdin}
    set answer [ask_user $question]
    catch {stty echo <@stdin}
    puts stderr ""
    return $answer
}

# Types a line.  questions is a list of {question answer hidden}.  Returns a
# dict: how (prompt, ended, asked, silent) and lines, without the echo.
proc console::type {typed questions} {
    variable id
    set said ""
    send -i $id -- "$typed\r"
    foreach question $questions {
        lassign $question text answer
        set how [wait_for "\n[rows::literal $text] ?(\r\n)?$" said]
        if {$how ne "question"} {
            return [dict create how $how lines [lines_of $said]]
        }
        send -i $id -- "$answer\r"
    }
    set how [wait_for {^\b$} said]
    return [dict create how $how lines [lines_of $said]]
}

# Reads up to the prompt or this question, and appends what was read.
proc console::wait_for {question name} {
    upvar 1 $name said
    variable id
    variable patience
    variable prompt
    variable host
    set timeout $patience
    expect {
        -i $id -re $prompt {
            append said [regsub -- $prompt $expect_out(buffer) ""]
            set host $expect_out(2,string)
            return prompt
        }
        -i $id -re $question {
            append said $expect_out(buffer)
            return question
        }
        -i $id timeout {
            append said [pending]
            return [expr {[regexp {[^\r\n]$} $said] ? "asked" : "silent"}]
        }
        -i $id eof {
            append said $expect_out(buffer)
            stop
            return ended
        }
    }
}

# What has been printed without a prompt.
proc console::pending {} {
    variable id
    set timeout 0
    expect {
        -i $id -re {.+} { return $expect_out(buffer) }
        -i $id timeout {}
        -i $id eof {}
    }
    return ""
}

# The lines of an answer, without the echo.
proc console::lines_of {said} {
    set lines [lmap line [split [string map {\r ""} $said] \n] {set line}]
    set lines [lrange $lines 1 end]
    if {[lindex $lines end] eq ""} {
        set lines [lrange $lines 0 end-1]
    }
    return $lines
}

# After an unexpected question: Ctrl-C must bring the prompt back.
proc console::interrupt {} {
    variable id
    variable prompt
    set timeout 5
    send -i $id \003
    expect {
        -i $id -re $prompt { return 1 }
        -i $id timeout {}
        -i $id eof {}
    }
    stop
    return 0
}

proc console::is_there {} {
    variable id
    return [expr {$id ne {}}]
}

# Leaves with exit; stops the program if that does not work.
proc console::leave {} {
    variable id
    if {$id eq {}} {
        return
    }
    set timeout 5
    catch {
        send -i $id "exit\r"
        expect -i $id eof {}
    }
    stop
}

proc console::stop {} {
    variable id
    if {$id eq {}} {
        return
    }
    catch {close -i $id}
    catch {wait -i $id}
    set id {}
}

# The connection that others share.  It has no prompt; it is ready when its
# socket is there.
proc console::start_master {socket args} {
    variable master
    variable patience
    spawn -noecho {*}$args
    set master $spawn_id
    set timeout 0
    for {set i 0} {$i < $patience * 60} {incr i} {
        after 50
        expect {
            -re {(?i)(password|passphrase)[^\n]*: ?$} {
                send -- "[ask_hidden $expect_out(buffer)]\r"
            }
            -re {\(yes/no[^\n]*$} {
                send -- "[ask_user $expect_out(buffer)]\r"
            }
            eof {
                set why [string trim $expect_out(buffer)]
                wait
                return [expr {$why eq "" ? "ssh ended" : $why}]
            }
            timeout {}
        }
        if {[file exists $socket]} {
            return ""
        }
    }
    return "no connection in time"
}

proc console::stop_master {} {
    variable master
    catch {close -i $master}
    catch {wait -i $master}
}
