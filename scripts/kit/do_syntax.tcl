# scripts/conformance syntax
source $kit/inventory.tcl
set json 0
options arguments {
    --release {value target::release}
    --program {path target::program}
    --json {flag ::json 1}
}
if {$arguments ne {}} {
    complain "syntax wants no [lindex $arguments 0]"
}
set inventory [inventory::of_release $target::program $target::release]
puts [expr {$json ? [inventory::json $inventory $target::release]
    : [inventory::text $inventory $target::release]}]
