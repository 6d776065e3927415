# scripts/conformance record
source $kit/record.tcl
set out {}
set origin guess
options arguments [dict merge $target_options {
    -o {path ::out}
    --source {value ::origin}
}]
if {[llength $arguments] != 2} {
    complain "record wants a target and a name"
}
lassign $arguments where name
if {![regexp {^[A-Za-z0-9-]+$} $name]} {
    complain "$name: a name is letters, digits and hyphens"
}
set_target $where
set path [expr {$out eq "" ? "testdata/transcripts/$target::release/$name.txt"
    : $out}]
if {[file exists $path]} {
    complain "$path is there already"
}
set target::apart 1
set rows [rows::load $target::program $target::release]
set why [target::open]
if {$why eq ""} {
    set why [target::begin [dict create hostname cms steps {}]]
}
if {$why ne ""} {
    target::close
    complain "$where: $why"
}
set version [join [dict get [console::type version {}] lines]]
puts stderr "Recording; exit ends it."
send_user "$console::host> "

# Passes the output through unchanged, and keeps it.
log_file -noappend $target::folder/raw
set spawn_id $console::id
interact
log_file
# interact leaves line ends as for a raw terminal.
fconfigure stdout -translation lf
set file [open $target::folder/raw]
fconfigure $file -translation binary
set raw "$console::host> [encoding convertfrom utf-8 [read $file]]"
close $file
set host $console::host
console::stop
target::end
target::close

set lines [linsert [record::lines $raw $rows] 0 \
    "# Source: $origin; recorded [clock format [clock seconds] -format \
        %Y-%m-%d], version \"[record::without_addresses $version]\"" \
    "# Hostname: $host"]
puts "This will be written to $path:\n"
foreach line $lines {
    puts "    $line"
}
puts ""
foreach what [dict keys $record::replaced] {
    puts "Replaced: $what"
}
if {[console::ask_user "Write it (yes/no)? "] ne "yes"} {
    puts "Nothing was written."
    exit 1
}
file mkdir [file dirname $path]
set file [open $path w]
fconfigure $file -encoding utf-8
puts $file [join $lines \n]
close $file
