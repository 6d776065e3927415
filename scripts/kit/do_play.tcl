# scripts/conformance play
set where local
set set all
set report {}
set assume_yes 0
options arguments [dict merge $target_options {
    --target {value ::where}
    --set {value ::set}
    --exec {flag target::exec 1}
    --reset {value target::reset}
    --prefix {value safety::prefix}
    --allow-write {add safety::allowed write}
    --allow-service {add safety::allowed service}
    --allow-database {add safety::allowed database}
    --yes {flag ::assume_yes 1}
    -o {path ::report}
}]
set_target $where
# Without one, the host's own files would be written and removed.
if {![regexp {^[A-Za-z0-9][A-Za-z0-9_-]*$} $safety::prefix]} {
    complain "--prefix \"$safety::prefix\": not letters, digits, _ and -"
}
if {$set ni {pki services database shell all}} {
    complain "no such set: $set"
}
set sources [rows::sources $target::program]
set paths [expr {$arguments ne {} ? [lmap name $arguments {path_of $name}]
    : [transcript::find $target::release $set]}]
if {$paths eq {}} {
    complain "no sessions of release $target::release in set $set"
}
set sessions [lmap path $paths {
    set session [transcript::read $path $sources]
    expr {[target::is_foreign] ? [safety::disguise $session] : $session}
}]

# For a foreign host: shows what will be typed, and asks for permission.
if {$target::kind eq "ssh"} {
    set plan [expr {[target::is_foreign] ? [safety::plan $sessions] : {}}]
    puts stderr "On $target::where will be typed:"
    foreach line $plan {
        puts stderr "    $line"
    }
    if {![target::is_foreign]} {
        puts stderr "    all of [llength $sessions] sessions, each after\
            $target::reset"
    } elseif {"write" in $safety::allowed} {
        puts stderr "Files are made under names that begin with\
            $safety::prefix, and removed at the end."
    }
    if {!$assume_yes && [console::ask_user "Go on (yes/no)? "] ne "yes"} {
        puts stderr "Nothing was typed."
        exit 2
    }
}

set play::rows [rows::load $target::program $target::release]
set play::each report::tap
if {[target::is_foreign]} {
    play::find_lists $sessions
}
set why [target::open]
if {$why ne ""} {
    target::close
    complain "$where: $why"
}
report::begin
foreach session $sessions {
    if {!$play::lost} {
        play::session $session
    }
}
set left [play::clean_up]
set play::made {}
target::close
report::end $left
if {$report ne ""} {
    report::files $report
}
if {!$play::lost && $play::unbegun > 0 &&
    [play::count skipped] == [llength $play::results]} {
    complain "nothing could be played: [dict get [lindex $play::results 0] why]"
}
exit [expr {$play::lost ? 3 : [play::count differs] > 0}]
