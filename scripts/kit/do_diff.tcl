# scripts/conformance diff: - gone, + new, ~ other evidence.
source $kit/inventory.tcl
options arguments {--program {path target::program}}
if {[llength $arguments] != 2} {
    complain "diff wants two releases or files"
}
lassign [lmap name $arguments {
    if {[catch {inventory::read $target::program $name [path_of $name]} one]} {
        complain "$name: neither a release nor a file of syntax"
    }
    set one
}] old new
dict for {usage command} $old {
    if {![dict exists $new $usage]} {
        puts "- $usage"
        continue
    }
    set before [dict get $command evidence]
    set now [dict get $new $usage evidence]
    if {$before ne $now} {
        puts "~ $usage: $before, now $now"
    }
}
dict for {usage -} $new {
    if {![dict exists $old $usage]} {
        puts "+ $usage"
    }
}
