# Reports: TAP while sessions are played, JUnit XML, a page, and the answers
# as `adopt` takes them.
namespace eval report {
    variable points 0
    variable started 0
}

proc report::begin {} {
    variable started
    set started [clock milliseconds]
    puts "TAP version 13"
}

# A test point for each line that is typed.  One that only evidence can decide
# is a TODO, not a failure.
proc report::tap {result} {
    variable points
    incr points
    set name "[dict get $result name]:[dict get $result number]\
        [string map {# {}} [dict get $result typed]]"
    switch [dict get $result how] {
        ok { puts "ok $points - $name" }
        skipped { puts "ok $points - $name # SKIP [dict get $result why]" }
        differs { puts "not ok $points - $name" }
        wanted {
            puts "not ok $points - $name # TODO evidence wanted, this is a\
                [dict get $result evidence]"
        }
    }
    if {[dict get $result how] in {differs wanted}} {
        foreach line [difference $result] {
            puts "#   $line"
        }
    }
    flush stdout
}

# The lines that differ, with - and + as in a patch.
proc report::difference {result} {
    set lines {}
    if {[dict get $result why] ne ""} {
        lappend lines "! [dict get $result why]"
    }
    foreach part [dict get $result lines] {
        lassign $part how expected got
        if {$how in {wrong missing}} {
            lappend lines "- $expected"
        }
        if {$how in {wrong extra}} {
            lappend lines "+ $got"
        }
    }
    return $lines
}

proc report::end {left} {
    variable points
    variable started
    puts "1..$points"
    foreach name $left {
        puts "# left on the host: $name"
    }
    puts [format "# %d ok, %d differ, %d want evidence, %d skipped; %d ms" \
        [play::count ok] [play::count differs] [play::count wanted] \
        [play::count skipped] [expr {[clock milliseconds] - $started}]]
    if {$play::lost} {
        puts "# the connection was lost: what follows was not played"
    }
}

# junit.xml, index.html and answers.txt in a folder.
proc report::files {folder} {
    file mkdir $folder
    write $folder/junit.xml [junit]
    write $folder/index.html [page]
    write $folder/answers.txt [answers]
}

proc report::write {path text} {
    set file [open $path w]
    fconfigure $file -encoding utf-8
    puts -nonewline $file $text
    close $file
}

# For XML and HTML; what no XML can hold becomes a question mark.
proc report::escape {text} {
    regsub -all {[\x00-\x08\x0b\x0c\x0e-\x1f]} $text ? text
    return [string map {& &amp; < &lt; > &gt; \" &quot;} $text]
}

proc report::by_session {} {
    set sessions [dict create]
    foreach result $play::results {
        dict lappend sessions [dict get $result name] $result
    }
    return $sessions
}

proc report::junit {} {
    set text "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
    dict for {name results} [by_session] {
        set failures 0
        set skipped 0
        set cases ""
        foreach result $results {
            set title "[dict get $result number] [dict get $result typed]"
            append cases "    <testcase classname=\"[escape $name]\"\
                name=\"[escape $title]\""
            set said [escape [join [difference $result] \n]]
            switch [dict get $result how] {
                ok { append cases "/>\n" }
                differs {
                    incr failures
                    append cases "><failure message=\"differs\">$said</failure>\
                        </testcase>\n"
                }
                wanted {
                    incr skipped
                    append cases "><skipped message=\"evidence wanted\"/>\
                        <system-out>$said</system-out></testcase>\n"
                }
                skipped {
                    incr skipped
                    append cases "><skipped\
                        message=\"[escape [dict get $result why]]\"/>\
                        </testcase>\n"
                }
            }
        }
        append text "  <testsuite name=\"[escape $name]\"\
            tests=\"[llength $results]\" failures=\"$failures\"\
            skipped=\"$skipped\">\n$cases  </testsuite>\n"
    }
    return "$text</testsuites>\n"
}

proc report::page {} {
    set text "<!DOCTYPE html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Conformance of [escape [target::describe]]</title>
<style>
body { font-family: sans-serif; margin: 2em; }
table { border-collapse: collapse; }
td { border: 1px solid #999; padding: 0 .5em; font-family: monospace;
     white-space: pre; vertical-align: top; }
.wrong, .missing, .extra { background: #fdd; }
.wanted .wrong, .wanted .missing, .wanted .extra { background: #ffc; }
</style>
<h1>Conformance of [escape [target::describe]]</h1>
<p>Release [escape $target::release]: [play::count ok] answers fit,
[play::count differs] differ, [play::count wanted] want evidence,
[play::count skipped] were not typed.</p>
"
    foreach {how title} {differs "Differences in what was seen"
        wanted "Evidence wanted"} {
        if {[play::count $how] == 0} continue
        append text "<h2>$title</h2>\n"
        foreach result $play::results {
            if {[dict get $result how] eq $how} {
                append text [side_by_side $result]
            }
        }
    }
    return "$text</html>\n"
}

proc report::side_by_side {result} {
    set text "<h3>[escape [dict get $result name]]:[dict get $result number]\
        [escape [dict get $result typed]]</h3>\n"
    if {[dict get $result why] ne ""} {
        append text "<p>[escape [dict get $result why]]</p>\n"
    }
    append text "<table class=\"[dict get $result how]\">\n<tr><th>expected,\
        [dict get $result evidence] [escape [dict get $result source]]<th>got\n"
    foreach part [dict get $result lines] {
        lassign $part how expected got
        append text "<tr class=\"$how\"><td>[escape $expected]<td>[escape \
            $got]\n"
    }
    return "$text</table>\n"
}

# All answers with their places, for `adopt`, except those that did not end.
proc report::answers {} {
    set text "# Answers of [target::describe] as release $target::release\n"
    append text "# Date: [clock format [clock seconds] -format %Y-%m-%d]\n"
    append text "# Compared: [expr {[target::is_foreign] ? "form" : "bytes"}]\n"
    foreach result $play::results {
        if {[dict get $result how] eq "skipped" ||
            [dict get $result why] ne ""} continue
        append text "@ [dict get $result path]:[dict get $result number]\n"
        append text "> [undisguised [dict get $result typed]]\n"
        foreach line [dict get $result got] {
            append text "| [undisguised $line]\n"
        }
    }
    return $text
}

# As the session has it: without the prefix of the files on a foreign host.
proc report::undisguised {line} {
    return [expr {[target::is_foreign]
        ? [string map [list $safety::prefix ""] $line] : $line}]
}
