# Plays sessions on a target and judges each answer.
namespace eval play {
    variable rows {}    ;# of the release
    variable results {} ;# dicts, in order; see judge
    variable each {}    ;# called with each result
    variable made {}    ;# files made on a foreign host, to be removed
    variable lists {}   ;# typed lines -> 1 whose answers list values
    variable lost 0     ;# 1: the connection is lost
    variable typed_addresses {} ;# in this session
    variable unbegun 0  ;# sessions that did not begin
}

# Finds commands whose answers list values, like a list of files: on a foreign
# host they may list any.
proc play::find_lists {sessions} {
    variable rows
    variable lists
    foreach session $sessions {
        foreach step [dict get $session steps] {
            if {[dict get $step do] ne "type"} continue
            set typed [dict get $step typed]
            set candidates [rows::of $rows $typed]
            foreach line [dict get $step expected] {
                if {[fit::is_value [rows::classify $candidates $line]]} {
                    dict set lists $typed 1
                }
            }
        }
    }
}

# One result: name, number, typed, how, evidence, source, expected, got, path
# (of fit::align), why.  how is
#   ok       the answer fits
#   differs  it does not, in a line that was seen: a failure
#   wanted   it does not, in a line that was never seen: evidence is wanted
#   skipped  it was not typed; why
proc play::tell {session step how args} {
    variable results
    variable each
    set result [dict merge [dict create name [dict get $session name] \
        path [dict get $session path] \
        number [dict get $step number] typed [dict get $step typed] how $how \
        evidence [dict get $step evidence] source [dict get $step source] \
        expected [dict get $step expected] got {} lines {} why ""] $args]
    lappend results $result
    {*}$each $result
}

proc play::session {session} {
    variable lost
    variable typed_addresses {}
    variable unbegun
    set why [target::begin $session]
    if {$why ne ""} {
        incr unbegun
    }
    if {$why ne "" && [target::is_foreign]} {
        set lost 1
    }
    foreach step [dict get $session steps] {
        if {$why eq ""} {
            set why [take $session $step]
        } elseif {[dict get $step do] eq "type"} {
            tell $session $step skipped why $why
        }
    }
    target::end
}

# Takes one step.  Returns "", or the reason why the session cannot go on.
proc play::take {session step} {
    switch [dict get $step do] {
        type { return [take_typed $session $step] }
        upload { return [take_files [dict get $step files]] }
        set {
            # Only its owner changes settings of a host.
            if {$target::kind ne "local" && (![target::is_foreign] ||
                [dict get $step key] ne "interface")} {
                return "the host's [dict get $step key] can not be set here"
            }
            if {[dict get $step key] eq "diagnostics"} {
                return [target::set_diagnostics]
            }
        }
        stage { return "only a double can do it: [dict get $step why]" }
    }
    return ""
}

proc play::take_files {files} {
    variable made
    if {[target::is_foreign] && "write" ni $safety::allowed} {
        # Commands that need the files are not typed, or compared by form only.
        return ""
    }
    foreach file $files {
        lassign [split $file =] name as
        set as [expr {$as eq "" ? $name : $as}]
        # Before, as an upload that breaks off may leave it.
        if {[target::is_foreign]} {
            lappend made $as
        }
        set why [target::upload $name $as]
        if {$why ne ""} {
            return "no upload: $why"
        }
    }
    return ""
}

proc play::take_typed {session step} {
    variable made
    set typed [dict get $step typed]
    if {[target::is_foreign]} {
        set why [safety::refusal $typed]
        foreach word [rows::words $typed] {
            # Commands about files that were not put there are not typed.
            if {[string match $safety::prefix*.* $word] && $word ni $made} {
                set why "$word is not there"
            }
        }
        if {$why ne ""} {
            tell $session $step skipped why $why
            return ""
        }
        remember $typed
    }
    if {!$target::exec && ![console::is_there]} {
        set why [target::connect]
        if {$why ne ""} {
            tell $session $step skipped why "no session: $why"
            return $why
        }
    }
    lassign [transcript::questions [dict get $step expected]] questions
    set answer [target::type $typed $questions]
    judge $session $step $answer
    return [after_answer $answer $typed]
}

# Returns "" if the session can go on, else the reason why not.
proc play::after_answer {answer typed} {
    variable lost
    switch [dict get $answer how] {
        asked - silent {
            if {!$target::exec && ![console::interrupt]} {
                return "the host hangs since \"$typed\""
            }
        }
        ended {
            if {[target::is_foreign] && ![target::is_connected]} {
                set lost 1
                return "the connection is lost"
            }
        }
    }
    return ""
}

# Notes the files that a command makes on a foreign host.
proc play::remember {typed} {
    variable made
    set words [rows::words $typed]
    set base [lindex $words 2]
    switch -glob -- [join $words] {
        "pki csr *" { lappend made $base.key $base.csr }
        "pki selfsigned *" { lappend made $base.key $base.crt }
        "pki sign *" { lappend made $base.crt $base-fullchain.crt }
        "backup snapshot *" { lappend made $base.bak }
    }
}

# The expected lines as the target shows them, with regard to questions.
proc play::shown {expected} {
    if {$target::exec} {
        foreach number [lreverse [lindex [transcript::questions $expected] 1]] {
            set expected [lreplace $expected $number $number]
        }
    }
    return [lmap line $expected {
        lassign [transcript::question $line] question answer hidden
        # Only a terminal echoes an answer, and never a hidden one.
        expr {$question eq "" ? $line
            : $hidden || $target::exec ? $question : $line}
    }]
}

# Addresses that were not typed are the host's own, and are not compared.
proc play::unaddressed {lines} {
    variable typed_addresses
    return [lmap line $lines {
        foreach address [lsort -unique \
            [regexp -all -inline {\m\d+\.\d+\.\d+\.\d+\M} $line]] {
            if {$address ni $typed_addresses} {
                set line [string map [list $address <address>] $line]
            }
        }
        set line
    }]
}

proc play::judge {session step answer} {
    variable rows
    variable lists
    variable typed_addresses
    set typed [dict get $step typed]
    set expected [shown [dict get $step expected]]
    set got [dict get $answer lines]
    if {$target::kind ne "local"} {
        lappend typed_addresses \
            {*}[regexp -all -inline {\m\d+\.\d+\.\d+\.\d+\M} $typed]
        set expected [unaddressed $expected]
        set got [unaddressed $got]
    }
    set candidates [rows::of $rows $typed]
    set lines [expr {[target::is_foreign]
        ? [fit::form $candidates $expected $got [dict exists $lists $typed]]
        : [fit::align $expected $got]}]
    set why ""
    switch [dict get $answer how] {
        asked { set why "it asks what is not expected" }
        silent { set why "no answer within $console::patience s" }
    }
    if {$why eq "" && [fit::all_same $lines]} {
        tell $session $step ok got $got
        return
    }
    set evidence [worst $candidates $lines $expected [dict get $step evidence]]
    tell $session $step [expr {$evidence eq "SEEN" ? "differs" : "wanted"}] \
        got $got lines $lines why $why evidence $evidence
}

# The best evidence among the expected lines that differ; among all of them if
# none does (there were more lines than expected, or none were expected).
proc play::worst {candidates lines expected section} {
    set wrong {}
    foreach part $lines {
        if {[lindex $part 0] in {wrong missing}} {
            lappend wrong [lindex $part 1]
        }
    }
    set found GUESS
    foreach line [expr {$wrong eq {} ? $expected : $wrong}] {
        set evidence [rows::evidence $candidates $line $section]
        if {[rows::weaker $found $evidence] eq $found} {
            set found $evidence
        }
    }
    return $found
}

# Removes the files made on a foreign host.  Returns those that are left.
proc play::clean_up {} {
    variable made
    variable lost
    set left {}
    if {$made eq {} || $lost} {
        return $made
    }
    if {!$target::exec && [target::connect] ne ""} {
        return $made
    }
    foreach name [lsort -unique $made] {
        set answer [target::type "rm $name" {}]
        if {[dict get $answer how] in {silent ended}} {
            # Each further one would wait as long.
            return $made
        }
    }
    set answer [target::type "pki list" {}]
    foreach name $made {
        if {$name in [dict get $answer lines]} {
            lappend left $name
        }
    }
    console::leave
    return $left
}

# How many results there are of a kind.
proc play::count {how} {
    variable results
    set n 0
    foreach result $results {
        incr n [expr {[dict get $result how] eq $how}]
    }
    return $n
}
