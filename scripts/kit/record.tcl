# Makes a transcript of a recorded session, without secrets and addresses.
namespace eval record {
    variable replaced {}  ;# what stands for what, for the user to see
    variable addresses {} ;# seen -> written
}

# The lines as they were on the screen, after all editing.
proc record::screen {raw} {
    return [lmap line [split [string map {\r\n \n \a ""} $raw] \n] {
        expr {[regexp {[\x00-\x1f]} $line] ? [edited $line] : $line}
    }]
}

# A line that was edited: the cursor moves, and text overwrites text.
proc record::edited {line} {
    set shown ""
    set column 0
    while {$line ne ""} {
        if {[regexp {^\r(.*)$} $line - line]} {
            set column 0
        } elseif {[regexp {^\b(.*)$} $line - line]} {
            set column [expr {max(0, $column - 1)}]
        } elseif {[regexp {^\x1b\[(\d*)([A-Za-z])(.*)$} $line - count what \
            line]} {
            set count [expr {$count eq "" ? 1 : $count}]
            switch $what {
                C { incr column $count }
                D { set column [expr {max(0, $column - $count)}] }
                K { set shown [string range $shown 0 $column-1] }
            }
        } else {
            regexp {^[\x00-\x1f]*([^\x00-\x1f]*)(.*)$} $line - text line
            set size [string length $text]
            set shown "[string range $shown 0 $column-1]$text[string range \
                $shown $column+$size end]"
            incr column $size
        }
    }
    return $shown
}

# The lines of a transcript.  rows tell the questions.
proc record::lines {raw rows} {
    set lines {}
    set questions [lmap row $rows {
        if {[dict get $row kind] ne "question"} continue
        dict get $row text
    }]
    foreach line [screen $raw] {
        if {[regexp {^([A-Za-z0-9][A-Za-z0-9.-]*> )(.*)$} $line - prompt \
            typed]} {
            set line $prompt[typed $typed]
        } elseif {$line in $questions} {
            # Nothing is shown behind it, so a secret was typed.
            set line "$line{secret}"
            remember "what was typed hidden" "{secret}"
        } elseif {[regexp {^\.+$} $line]} {
            set line "{dots}"
        } else {
            set line [shown $line]
        }
        lappend lines [without_addresses $line]
    }
    # Before the first prompt there is a greeting; what follows the last one was
    # not sent.
    while {$lines ne {} && ![regexp {^[^ ]+> .+} [lindex $lines 0]]} {
        set lines [lrange $lines 1 end]
    }
    while {$lines ne {} && ([lindex $lines end] eq "" ||
        [regexp {^[^ ]+> $} [lindex $lines end]])} {
        set lines [lrange $lines 0 end-1]
    }
    return $lines
}

proc record::remember {what instead} {
    variable replaced
    dict set replaced "$what by $instead" 1
}

# Secrets that are typed visibly.
proc record::typed {line} {
    # W: a word, of which any part may stand in quotes.
    foreach pattern {
        {^(\s*turn\s+credentials\s+W\s+)(W)(.*)$}
        {^(\s*turn\s+short_term_credentials\s+)(W)(.*)$}
        {^(\s*webbridge3\s+meetingapps\s+add\s+W\s+W\s+)(W)(.*)$}
    } {
        set pattern [string map {W {(?:"[^"]*"|\S)+}} $pattern]
        if {[regexp $pattern $line - before secret after]} {
            remember "a secret on a command line" "secret"
            return "${before}secret$after"
        }
    }
    return $line
}

# Secrets that are shown.
proc record::shown {line} {
    if {[regexp {^(.*(?:[Pp]assword|[Ss]ecret)\s*: )(\S.*)$} $line - label \
        value] && $value ne "none"} {
        remember "a secret that is shown" "{*}"
        return "$label{*}"
    }
    return $line
}

# Replaces each address by one for documentation (RFC 5737), always the same.
proc record::without_addresses {line} {
    variable addresses
    foreach address [lsort -unique \
        [regexp -all -inline {\m\d+\.\d+\.\d+\.\d+\M} $line]] {
        if {[regexp {^(0|127|255|192\.0\.2|198\.51\.100|203\.0\.113)\.} \
            $address]} continue
        if {![dict exists $addresses $address]} {
            dict set addresses $address \
                192.0.2.[expr {[dict size $addresses] + 1}]
            remember $address [dict get $addresses $address]
        }
        set line [string map [list $address [dict get $addresses $address]] \
            $line]
    }
    return $line
}
