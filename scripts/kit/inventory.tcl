# The commands of a release: usage line -> evidence.
namespace eval inventory {}

proc inventory::of_release {program release} {
    set inventory [dict create]
    foreach row [rows::load $program $release] {
        if {[dict get $row kind] eq "command"} {
            dict set inventory [dict get $row text] [dict create \
                evidence [dict get $row evidence] \
                source [dict get $row source]]
        }
    }
    return $inventory
}

# The slots of a usage line, in order.
proc inventory::slots {usage} {
    return [lmap {- slot} [regexp -all -inline {<([^<>]*)>} $usage] {set slot}]
}

# Reads the output of syntax: a line for each command, after its evidence.
proc inventory::text {inventory release} {
    set lines [list "# Release $release"]
    dict for {usage command} $inventory {
        lappend lines [format "%-6s  %s" [dict get $command evidence] $usage]
    }
    return [join $lines \n]
}

proc inventory::string_of {text} {
    return "\"[string map {\\ \\\\ \" \\\"} $text]\""
}

proc inventory::json {inventory release} {
    set commands {}
    dict for {usage command} $inventory {
        set slots [join [lmap slot [slots $usage] {string_of $slot}] ", "]
        lappend commands "    {\"usage\": [string_of $usage],\
            \"slots\": \[$slots\],\
            \"evidence\": [string_of [dict get $command evidence]],\
            \"source\": [string_of [dict get $command source]]}"
    }
    return "{\"release\": [string_of $release], \"commands\": \[\n[join \
        $commands ",\n"]\n\]}"
}

# The commands of a release, or of a file with the output of syntax in either
# form.
proc inventory::read {program name path} {
    if {![file exists $path]} {
        return [of_release $program $name]
    }
    set inventory [dict create]
    foreach line [split [read_text $path] \n] {
        if {[regexp {^(GUESS|RECALL|SEEN) +(.*)$} $line - evidence usage] ||
            [regexp {"usage": "((?:[^"\\]|\\.)*)".*"evidence": "(\w+)"} $line \
            - usage evidence]} {
            dict set inventory [string map {\\\" \" \\\\ \\} $usage] \
                [dict create evidence $evidence]
        }
    }
    return $inventory
}
