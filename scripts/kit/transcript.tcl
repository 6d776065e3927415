# Reads console sessions, testdata/transcripts/RELEASE/TOPIC.txt; their form is
# described in tests/transcript.c.
namespace eval transcript {}

# A dict: name ("3.9/webadmin"), path, release, hostname, and steps.  A step is
# a dict with "do":
#   type    number (of the line), host, typed, expected (lines), evidence,
#           source
#   upload  files ("name=as" or "name")
#   set     key (interface, offset, diagnostics), value
#   stage   what only the player with its doubles can do; what follows, too
proc transcript::read {path sources} {
    set lines [split [string trimright [read_text $path] \n] \n]
    set release [file tail [file dirname [file normalize $path]]]
    set this [dict create path $path release $release hostname cms \
        name $release/[file rootname [file tail $path]] steps {}]
    set section [dict create evidence {} source {}]
    set step {}
    set number 0
    foreach line $lines {
        incr number
        if {[string index $line 0] eq "#"} {
            close_step this step
            directive this section $line $number $sources
        } elseif {[regexp {^([A-Za-z0-9][A-Za-z0-9.-]*)> (.*)$} $line - host \
            typed]} {
            close_step this step
            set step [dict merge [dict create do type number $number \
                host $host typed $typed expected {}] $section]
        } elseif {$step ne {}} {
            dict lappend step expected $line
        }
    }
    close_step this step
    return $this
}

# Blank lines before a prompt are for the reader.
proc transcript::close_step {this step} {
    upvar 1 $this session $step last
    if {$last eq {}} {
        return
    }
    set expected [dict get $last expected]
    while {[lindex $expected end] eq "" && [llength $expected] > 0} {
        set expected [lrange $expected 0 end-1]
    }
    dict set last expected $expected
    dict lappend session steps $last
    set last {}
}

proc transcript::directive {this section line number sources} {
    upvar 1 $this session $section current
    if {![regexp {^# ([A-Z][A-Za-z -]*)(?:: (.*))?$} $line - key value]} {
        return
    }
    switch $key {
        Source {
            set current [origin $value $sources]
            if {$current eq {}} {
                error "[dict get $session path]:$number: begins with neither\
                    guess, recalled nor a document of services/source.c: $value"
            }
        }
        Hostname { dict set session hostname $value }
        Files {
            dict lappend session steps [dict create do upload files $value]
        }
        Interface {
            dict lappend session steps [dict create do set key interface \
                value [lindex $value 1]]
        }
        "Port offset" {
            dict lappend session steps [dict create do set key offset \
                value $value]
        }
        Diagnostics {
            dict lappend session steps [dict create do set key diagnostics \
                value $value]
        }
        Name - Failed - Unstartable - User - Ctrl-C - "Days later" - Database - Nodes -
        "Only the player" {
            dict lappend session steps [dict create do stage \
                why [string trimright "$key: $value" ": "]]
        }
    }
}

# What a Source line says: its evidence, and the document; {} for neither.
proc transcript::origin {text sources} {
    foreach {word evidence} {guess GUESS recalled RECALL} {
        if {[regexp "^$word\\y" $text]} {
            return [dict create evidence $evidence source ""]
        }
    }
    foreach id [dict keys $sources] {
        if {[regexp "^[rows::literal $id](\[,;: \]|$)" $text]} {
            return [dict create evidence SEEN source $id]
        }
    }
    return {}
}

# An expected line that is a question with its answer: {question answer hidden},
# or {}.
proc transcript::question {line} {
    if {[regexp {^(.*\(Y/n\))(.*)$} $line - question answer]} {
        return [list $question $answer 0]
    }
    if {[regexp {^(.*[^{}])\{([^{}]*)\}$} $line - question answer] &&
        $answer ni {* dots ...}} {
        return [list $question $answer 1]
    }
    return {}
}

# All questions of an answer, and which of its lines are answers only: one of
# several lines has its answer below it.
proc transcript::questions {expected} {
    set questions {}
    set answers {}
    set asked 0
    set before ""
    set number 0
    foreach line $expected {
        lassign [question $line] text answer hidden
        if {$asked && $line in {Y y N n}} {
            lappend questions [list $before $line 0]
            lappend answers $number
            set asked 0
        } elseif {$text ne "" && $answer eq "" && !$hidden &&
            [is_answered_below $expected $number]} {
            set asked 1
        } elseif {$text ne ""} {
            lappend questions [list $text $answer $hidden]
        }
        set before $line
        incr number
    }
    return [list $questions $answers]
}

proc transcript::is_answered_below {expected number} {
    foreach line [lrange $expected $number+1 end] {
        if {$line in {Y y N n}} {
            return 1
        }
    }
    return 0
}

# The sessions of a release, by name; of one set, when it is not "all".
proc transcript::find {release set} {
    set found {}
    set folder testdata/transcripts/$release
    foreach path [lsort [glob -nocomplain $folder/*.txt]] {
        set topic [file rootname [file tail $path]]
        if {$set in [list all [set_of $topic]]} {
            lappend found $path
        }
    }
    return $found
}

# Which set a topic belongs to: what is no other's is a service's.
proc transcript::set_of {topic} {
    switch -glob $topic {
        pki* { return pki }
        database* { return database }
        backup - exit - help - network - system - user { return shell }
        default { return services }
    }
}
