# What may be typed on a host that is somebody's.  Only what is known to change
# nothing; each further kind of command wants a switch of its own, and what
# cannot be undone is never typed.
namespace eval safety {
    # The first pattern that a line matches decides.
    variable kinds {
        {^pki( list)?$} read
        {^pki (inspect|match|verify) } read
        {^pki (csr|selfsigned|sign|unlock|pkcs12-to-ssh) } write
        {^pki } read-usage
        {^rm } write
        {^(help|version|hostname|whoami|date|uptime|ls|license)$} read
        {^help } read
        {^(backup|user) list$} read
        {^backup snapshot } write
        {^(ipv4|ipv6|iface) [a-e]$} read
        {^(dns|ntp|ntp server list|timezone|timezone list)$} read
        {^database cluster status$} read
        {^database } database
        {^(callbridge|webadmin|webbridge3?|xmpp|turn)( status)?$} read
        {^h323_gateway$} read
        {^(recorder|streamer|uploader|scheduler|meetingapps|sipedge)$} read
        {^xmpp (cluster status|callbridge list|multi_domain list)$} read
        {^(loadbalancer|trunk) list} read
        {^tls (sip|ldap|webadmin)( verify status)?$} read
        {^(callbridge|webadmin|webbridge3?|xmpp|turn|h323_gateway) } service
        {^(recorder|streamer|uploader|scheduler|meetingapps|sipedge) } service
        {^(loadbalancer|trunk|tls) } service
    }
    variable allowed {read}
    variable prefix mmpkit-
}

# read, write, service, database or never.
proc safety::kind {typed} {
    variable kinds
    set typed [string trim $typed]
    foreach {pattern kind} $kinds {
        if {[regexp -- $pattern $typed]} {
            # Incomplete here may be complete there.
            return [expr {$kind eq "read-usage" ? "never" : $kind}]
        }
    }
    return never
}

# Why a line is not typed; "" when it may be.
proc safety::refusal {typed} {
    variable allowed
    set kind [kind $typed]
    if {$kind eq "write" && [is_trespass $typed]} {
        return "its file has not our prefix"
    }
    if {$kind in $allowed} {
        return ""
    }
    return [expr {$kind eq "never" ? "never typed on a foreign host"
        : "it needs --allow-$kind"}]
}

# Does it write or remove a file that is not one of ours?
proc safety::is_trespass {typed} {
    variable prefix
    set words [rows::words $typed]
    set name [lindex $words [expr {[lindex $words 0] eq "rm" ? 1 : 2}]]
    return [expr {![string match $prefix* $name]}]
}

# The files of a session get a prefix, so that none of the host's is touched.
# names: the base names that the session makes or uploads.
proc safety::names {session} {
    set names {}
    foreach step [dict get $session steps] {
        switch [dict get $step do] {
            upload {
                foreach file [dict get $step files] {
                    lappend names [base [lindex [split $file =] end]]
                }
            }
            type {
                set words [rows::words [dict get $step typed]]
                if {[lrange $words 0 1] in {{pki csr} {pki selfsigned}
                    {backup snapshot}}} {
                    lappend names [lindex $words 2]
                }
            }
        }
    }
    return [lsort -unique $names]
}

proc safety::base {file} {
    regsub {(-fullchain)?\.[a-z0-9]+$} $file "" file
    return $file
}

# NAME.ext anywhere in a line, and NAME as a word of a command.
proc safety::rename {names line is_typed} {
    variable prefix
    set ends {(?:-fullchain)?\.(?:key|csr|crt|cer|pem|der|pub|bak|p12|p7b|crl)}
    foreach name $names {
        # Most are not there; an expression for each would take seconds.
        if {[string first $name $line] < 0} continue
        set literal [rows::literal $name]
        regsub -all "(^|\[^\\w.-\])($literal)($ends)(?!\[\\w.-\])" $line \
            "\\1$prefix\\2\\3" line
        if {$is_typed} {
            regsub -all "(?:^|(?= ))( *)($literal)(?=\\s|\$)" $line \
                "\\1$prefix\\2" line
        }
    }
    return $line
}

# A session as it is typed on a foreign host.
proc safety::disguise {session} {
    variable prefix
    set names [names $session]
    set steps {}
    foreach step [dict get $session steps] {
        switch [dict get $step do] {
            type {
                dict set step typed [rename $names [dict get $step typed] 1]
                dict set step expected [lmap line [dict get $step expected] {
                    rename $names $line 0
                }]
            }
            upload {
                dict set step files [lmap file [dict get $step files] {
                    lassign [split $file =] name as
                    set as [expr {$as eq "" ? $name : $as}]
                    string cat $name = $prefix$as
                }]
            }
        }
        lappend steps $step
    }
    dict set session steps $steps
    return $session
}

# What will be typed, in order; only what may be.
proc safety::plan {sessions} {
    set plan {}
    foreach session $sessions {
        foreach step [dict get $session steps] {
            if {[dict get $step do] eq "type" &&
                [refusal [dict get $step typed]] eq ""} {
                lappend plan [dict get $step typed]
            }
        }
    }
    return $plan
}
