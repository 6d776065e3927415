# Finds the MMP commands in a user's file, each with its line.  Whether they are
# correct is decided by the program's grammar.  "{{v}}" stands for what a
# template or a variable puts in.
namespace eval extract {
    # What else is typed: answers.
    variable answers {Y y N n yes no Yes No {}}
    # How far line_of has counted, and the line there.
    variable counted {0 1}
}

# A list of {line text}.
proc extract::commands {path} {
    set text [read_text $path]
    set lines [split $text \n]
    switch [string tolower [file extension $path]] {
        .exp - .tcl { return [of_expect $lines] }
        .yml - .yaml { return [of_yaml $lines] }
        .py { return [of_python $text] }
        default { return [of_list $lines] }
    }
}

# One command a line; or a console session, where only lines with a prompt
# count.
proc extract::of_list {lines} {
    set prompt {^[A-Za-z0-9][A-Za-z0-9.-]*> (.*)$}
    set is_session [expr {[lsearch -regexp $lines $prompt] >= 0}]
    set found {}
    set number 0
    foreach line $lines {
        incr number
        if {$is_session && ![regexp $prompt $line - line]} continue
        lappend found [list $number $line]
    }
    return $found
}

# Is it a command, and not an answer or other text?
proc extract::keep {found number text} {
    upvar 1 $found list
    variable answers
    set text [string trim $text]
    # A first word that is put in is unknown.
    if {$text ni $answers && ![string match "{{v}}*" $text] &&
        ![regexp {[\x00-\x1f]} $text]} {
        lappend list [list $number $text]
    }
}

#
# Tcl.
#

proc extract::of_expect {lines} {
    set call {(?:^|[;\{\[\s])(?:mmp::)?(?:exp_)?}
    append call {(?:send|command|confirm|secret)\s+}
    append call {((?:-i\s+\S+\s+|-s\s+|--\s+)*)}
    append call {("(?:[^"\\]|\\.)*"|\{[^{}]*\})}
    set found {}
    set number 0
    foreach line $lines {
        incr number
        if {[regexp {^\s*(#|proc )} $line] || [regexp -nocase \
            {assword|ogin:|username:|passphrase} $line]} continue
        foreach {- - string} [regexp -all -inline $call $line] {
            foreach one [split [tcl_text $string] \r] {
                keep found $number $one
            }
        }
    }
    return $found
}

# A word of Tcl as it is sent.
proc extract::tcl_text {string} {
    set text [string range $string 1 end-1]
    if {[string index $string 0] eq "\{"} {
        return $text
    }
    regsub -all {\[(?:[^][]|\[[^][]*\])*\]} $text "{{v}}" text
    regsub -all {(^|[^\\])\$(?:\{[^\}]*\}|[\w:]+(?:\([^)]*\))?)} $text \
        "\\1{{v}}" text
    return [string map {\\r \r \\n \r \\\" \" \\$ $ \\\[ \[ \\\] \] \\\\ \\} \
        $text]
}

#
# YAML, as far as playbooks need it: raw: and the like with a scalar or a block,
# commands: with a list, and loops over either.
#

proc extract::of_yaml {lines} {
    set found {}
    set count [llength $lines]
    for {set i 0} {$i < $count} {incr i} {
        if {![regexp {^(\s*(?:- +)?)([\w.]+):(?:\s+(.*))?$} \
            [lindex $lines $i] - lead key value]} continue
        set indent [string length $lead]
        switch [role_of $lines $i $indent $key] {
            one { set values [yaml_scalar $lines $i $indent $value] }
            many { set values [yaml_list $lines $i $indent $value] }
            default continue
        }
        foreach pair $values {
            lassign $pair number text
            if {[regexp {^\{\{ *item} $text]} {
                foreach item [yaml_loop $lines $i $indent $text] {
                    keep found {*}$item
                }
            } else {
                keep found $number [jinja $text]
            }
        }
    }
    return $found
}

# "one" command, "many", or "" if it has no MMP commands.
proc extract::role_of {lines i indent key} {
    if {[regexp {^(ansible\.builtin\.)?raw$} $key]} {
        return one
    }
    if {$key ni {command commands lines}} {
        return ""
    }
    # The module is the nearest line above that is less indented.
    for {incr i -1} {$i >= 0} {incr i -1} {
        regexp {^(\s*(?:- +)?)([\w.]*)} [lindex $lines $i] - lead parent
        if {$parent ne "" && [string length $lead] < $indent} {
            return [expr {![regexp {(cli|_|\.)(command|config)$} $parent] ||
                [regexp {builtin} $parent] ? ""
                : $key eq "command" ? "one" : "many"}]
        }
    }
    return ""
}

# The scalar of a key: plain, quoted, or a block below it.
proc extract::yaml_scalar {lines i indent value} {
    if {![regexp {^([|>])[+-]?$} [string trim $value] - style]} {
        return [list [list [expr {$i + 1}] [unquote $value]]]
    }
    set values {}
    for {incr i} {$i < [llength $lines]} {incr i} {
        set line [lindex $lines $i]
        if {[string trim $line] eq ""} continue
        regexp {^\s*} $line lead
        if {[string length $lead] <= $indent} break
        lappend values [list [expr {$i + 1}] [string trim $line]]
    }
    # A folded block is one line.
    if {$style eq ">" && [llength $values] > 0} {
        return [list [list [lindex $values 0 0] \
            [join [lmap pair $values {lindex $pair 1}]]]]
    }
    return $values
}

# The list of a key, in brackets or below it; entries may be {command: ...}.
proc extract::yaml_list {lines i indent value} {
    if {[regexp {^\[(.*)\]$} [string trim $value] - inside]} {
        return [lmap {- item} [regexp -all -inline \
            {\s*("[^"]*"|'[^']*'|[^,]+)} $inside] {
            list [expr {$i + 1}] [unquote $item]
        }]
    }
    if {[string trim $value] ne ""} {
        return [yaml_scalar $lines $i $indent $value]
    }
    set values {}
    for {incr i} {$i < [llength $lines]} {incr i} {
        set line [lindex $lines $i]
        if {[regexp {^\s*(#.*)?$} $line]} continue
        if {![regexp {^(\s*)- +(.*)$} $line - lead item]} {
            # A further key of an entry is more indented.
            regexp {^\s*} $line lead
            if {[string length $lead] <= $indent} break
            if {[regexp {^\s+(?:cmd|command): +(.*)$} $line - item]} {
                lappend values [list [expr {$i + 1}] [unquote $item]]
            }
            continue
        }
        if {[string length $lead] < $indent - 2} break
        if {[regexp {^(?:cmd|command): +(.*)$} $item - only] ||
            [regexp {^\{.*\m(?:cmd|command): *([^,\}]*)} $item - only]} {
            set item $only
        } elseif {[regexp {^[\w.]+:( |$)} $item]} {
            # An entry that begins with another key, or the next task.
            if {[string length $lead] < $indent} break
            continue
        }
        lappend values [list [expr {$i + 1}] [unquote $item]]
    }
    return $values
}

# The values of {{ item }}: those of the loop of the same task.
proc extract::yaml_loop {lines i indent text} {
    set from $i
    while {$from > 0 && ![regexp {^(\s*)- } [lindex $lines $from]]} {
        incr from -1
    }
    regexp {^\s*} [lindex $lines $from] lead
    set base [string length $lead]
    for {set at $from} {$at < [llength $lines]} {incr at} {
        set line [lindex $lines $at]
        regexp {^\s*} $line lead
        if {$at > $from && [string trim $line] ne "" &&
            [string length $lead] <= $base} break
        if {[regexp {^(\s*(?:- +)?)(?:loop|with_items|with_list):(.*)$} $line \
            - lead value]} {
            return [lmap pair [yaml_list $lines $at [string length $lead] \
                $value] {
                list [lindex $pair 0] [jinja [substitute_item $text \
                    [lindex $pair 1]]]
            }]
        }
    }
    return {}
}

proc extract::substitute_item {text item} {
    regsub {^\{\{ *item[^\}]*\}\}} $text [string map {\\ \\\\ & \\&} $item] text
    return $text
}

proc extract::unquote {value} {
    set value [string trim $value]
    if {[regexp {^"((?:[^"\\]|\\.)*)"} $value - inside]} {
        return [string map {\\\" \" \\\\ \\} $inside]
    }
    if {[regexp {^'((?:[^']|'')*)'} $value - inside]} {
        return [string map {'' '} $inside]
    }
    regsub {\s+#.*$} $value "" value
    return $value
}

proc extract::jinja {text} {
    regsub -all {\{%[^%]*%\}} $text "" text
    regsub -all {\{\{.*?\}\}} $text "{{v}}" text
    return $text
}

#
# Python: the strings that are passed to netmiko, paramiko and pexpect.
#

proc extract::of_python {text} {
    variable counted {0 1}
    set found {}
    set call {\.(?:send_command\w*|send_config_set|exec_command|sendline|}
    append call {write_channel|run_command)\(|\m(?:\w*commands|cmds)\s*=\s*\[}
    foreach where [regexp -all -inline -indices $call $text] {
        set at [lindex $where 1]
        set close [expr {[string index $text $at] eq "(" ? ")" : "]"}]
        python_arguments found $text [expr {$at + 1}] $close
    }
    return [lsort -integer -index 0 $found]
}

# The strings up to the closing bracket; of a call, those of its first argument.
# What is joined to them by + is a template.
proc extract::python_arguments {name text at close} {
    upvar 1 $name found
    set string {\A\s*([rf]?)("((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)')}
    set joined ""
    set start -1
    while {$at < [string length $text]} {
        set rest [string range $text $at [expr {$at + 2000}]]
        if {[regexp $string $rest all kind - double single]} {
            if {$start < 0} {
                set start [expr {$at + [string length $all]}]
            }
            append joined [python_text $kind $double$single]
            incr at [string length $all]
            continue
        }
        set char [string index $text $at]
        if {$char eq "," || $char eq $close} {
            if {$start >= 0} {
                keep found [line_of $text $start] $joined
            }
            set joined ""
            set start -1
            # Further arguments of a call are no commands.
            if {$char eq $close || $close eq ")"} return
        } elseif {$char eq "#"} {
            set at [string first \n $text $at]
            if {$at < 0} return
        } elseif {$char eq "\["} {
            # send_config_set(["...", ...])
            python_arguments found $text [expr {$at + 1}] "\]"
            return
        } elseif {[regexp {\A[\w.]+(\([^)]*\))?} $rest word]} {
            if {![string match .format* $word]} {
                append joined "{{v}}"
            }
            incr at [string length $word]
            continue
        }
        incr at
    }
}

proc extract::python_text {kind text} {
    if {$kind ne "r"} {
        set text [string map {\\n "" \\r "" \\\" \" \\' ' \\\\ \\} $text]
    }
    regsub -all {\{[^\{\}]*\}|%s|%d} $text "{{v}}" text
    return $text
}

# Counts on from the last one: from the start each time, a long file takes
# seconds.
proc extract::line_of {text at} {
    variable counted
    lassign $counted from line
    if {$at < $from} {
        lassign {0 1} from line
    }
    incr line [regexp -all \n [string range $text $from $at]]
    set counted [list [expr {$at + 1}] $line]
    return $line
}
