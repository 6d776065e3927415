# Replaces guessed lines of the sessions by those that were seen.
namespace eval adopt {
    variable rows {}
    variable only_form 0
    variable changes {} ;# of the tables: row, and the line seen or ""
}

# The answers of a report: path -> number -> {typed lines}.
proc adopt::read {path} {
    variable only_form
    set answers [dict create]
    foreach line [split [read_text $path] \n] {
        if {[regexp {^# Compared: (.*)$} $line - how]} {
            set only_form [expr {$how eq "form"}]
        } elseif {[regexp {^@ (.*):(\d+)$} $line - session number]} {
            set typed ""
            dict set answers $session $number {{} {}}
        } elseif {[regexp {^> (.*)$} $line - typed]} {
            dict set answers $session $number [list $typed {}]
        } elseif {[regexp {^\| (.*)$} $line - got]} {
            lassign [dict get $answers $session $number] typed lines
            dict set answers $session $number \
                [list $typed [linsert $lines end $got]]
        }
    }
    return $answers
}

# The lines that a session expects from now on.
proc adopt::merge {step got} {
    variable rows
    variable only_form
    variable changes
    set candidates [rows::of $rows [dict get $step typed]]
    set expected [dict get $step expected]
    set path [fit::align $expected $got]
    if {[fit::all_same $path]} {
        foreach line $expected {
            note [rows::classify $candidates $line] ""
        }
        return $expected
    }
    set merged {}
    foreach part $path {
        lassign $part how expect line
        set row [rows::classify $candidates $expect]
        switch $how {
            same {
                # Lines that {...} stands for stay {...}.
                if {$expect ne ""} {
                    lappend merged $expect
                    note $row ""
                }
            }
            wrong {
                # On a foreign host, another value of the same line is no news.
                if {$only_form && $row ne {} &&
                    $row eq [rows::classify $candidates $line]} {
                    lappend merged $expect
                    note $row ""
                } else {
                    lappend merged $line
                    note $row $line
                }
            }
            missing {
                if {$only_form && $row ne {} &&
                    [dict get $row kind] eq "optional"} {
                    lappend merged $expect
                } else {
                    note $row "-"
                }
            }
            extra {
                if {!$only_form || [rows::classify $candidates $line] eq {}} {
                    lappend merged $line
                    note {} $line
                }
            }
        }
    }
    return $merged
}

proc adopt::note {row line} {
    variable changes
    if {$row ne {} || $line ne ""} {
        dict set changes [list $row $line] 1
    }
}

# Rewrites one session.  Returns how many answers were adopted.
proc adopt::session {path answers source sources} {
    set session [transcript::read $path $sources]
    set adopted [dict create]
    foreach step [dict get $session steps] {
        if {[dict get $step do] ne "type"} continue
        set number [dict get $step number]
        if {![dict exists $answers $number]} continue
        lassign [dict get $answers $number] typed got
        if {[rows::words $typed] ne [rows::words [dict get $step typed]]} {
            puts stderr "$path:$number: another command stands there now"
            continue
        }
        set merged [merge $step $got]
        if {$merged eq [dict get $step expected] &&
            [dict get $step evidence] eq "SEEN"} continue
        dict set adopted $number [answered [dict get $step expected] $merged]
    }
    if {[dict size $adopted] > 0} {
        write $path $adopted $source
    }
    return [dict size $adopted]
}

# Keeps the answer behind its question.
proc adopt::answered {expected merged} {
    foreach line $expected {
        lassign [transcript::question $line] question
        if {$question ne ""} {
            set at [lsearch -exact $merged $question]
            if {$at >= 0} {
                set merged [lreplace $merged $at $at $line]
            }
        }
    }
    return $merged
}

# Writes a Source line wherever the source changes.
proc adopt::write {path adopted source} {
    set lines [split [string trimright [read_text $path] \n] \n]
    set written {}
    set stated ""
    set section ""
    set number 0
    set skipping 0
    foreach line $lines {
        incr number
        if {[regexp {^# Source: (.*)$} $line - section]} {
            set skipping 0
            continue
        }
        if {[regexp {^[A-Za-z0-9][A-Za-z0-9.-]*> } $line]} {
            set is_adopted [dict exists $adopted $number]
            set wanted [expr {$is_adopted ? $source : $section}]
            if {$wanted ne $stated} {
                lappend written "# Source: $wanted"
                set stated $wanted
            }
            lappend written $line
            if {$is_adopted} {
                lappend written {*}[dict get $adopted $number]
            }
            set skipping $is_adopted
            continue
        }
        if {[string index $line 0] eq "#" || $line eq ""} {
            set skipping [expr {$skipping && $line eq ""}]
        }
        if {!$skipping} {
            lappend written $line
        }
    }
    set file [open $path.new w]
    fconfigure $file -encoding utf-8
    puts $file [join $written \n]
    close $file
    file rename -force $path.new $path
}

# The file and line of a row, found by its longest fixed part.
proc adopt::place {row} {
    set parts [lsort -decreasing -command {apply {{a b} {
        expr {[string length $a] - [string length $b]}
    }}} [split [regsub -all {%[1-4]} [dict get $row text] \x01] \x01]]
    # A long text is broken in the source; "SUCCESS: " is in another row.
    regsub {^(SUCCESS|FAILURE|WARNING): } [lindex $parts 0] "" part
    set part [string range $part 0 23]
    if {$part eq ""} {
        return "?"
    }
    foreach path {mmp/dialect_cms.c services/catalog_cms.c} {
        set file [open $path]
        set number 0
        while {[gets $file line] >= 0} {
            incr number
            if {[string first "\"$part" $line] >= 0} {
                close $file
                return $path:$number
            }
        }
        close $file
    }
    return "?"
}
