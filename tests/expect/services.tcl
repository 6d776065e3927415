# What the dialogues of the services share: a CA outside of the appliance, a
# stranger with openssl s_client, and a supervisor that ends with the test.
source [file dirname [info script]]/mmp.exp

# Nobody else's address: ports need not be asked for.
set address "127.[expr {1 + [pid] / 62500 % 250}].[expr {
    1 + [pid] / 250 % 250}].[expr {1 + [pid] % 250}]"

# Runs openssl in the folder of the CA; returns what it printed.
proc openssl {args} {
    set here [pwd]
    cd $::state/ca
    set failed [catch {exec -ignorestderr openssl {*}$args </dev/null \
        2>openssl.err} out]
    cd $here
    if {$failed} {
        wrong "openssl $args: $out"
    }
    return $out
}

proc put {path text} {
    set file [open $path w]
    puts -nonewline $file $text
    close $file
}

proc get {path} {
    set file [open $path]
    set text [read $file]
    close $file
    return $text
}

# A root and an intermediate CA, and what the appliance is told of its world.
proc begin {release} {
    global state options address
    file delete -force $state/ca $state/files $state/private
    file mkdir $state/ca
    put $state/mmp.cfg "diagnostics = false; interfaces = { a = \"$address\"; };\n"
    set options [list -f $state/mmp.cfg -r $release]
    put $state/ca/ca.ext "basicConstraints=critical,CA:TRUE\n"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.crt \
        -subj /CN=root -days 30
    openssl req -newkey rsa:2048 -nodes -keyout inter.key -out inter.csr \
        -subj /CN=inter
    openssl x509 -req -in inter.csr -CA root.crt -CAkey root.key -set_serial 2 \
        -extfile ca.ext -days 30 -out inter.crt
    login
    upload ca.crt [get $state/ca/inter.crt][get $state/ca/root.crt]
}

# As a transfer ends: the file is there as a whole.
proc upload {name text} {
    global state
    put $state/files/.$name $text
    file rename -force $state/files/.$name $state/files/$name
}

# Signs NAME.csr of the appliance and uploads NAME.crt, and the full chain.
proc sign {name serial} {
    global state
    put $state/ca/$name.csr [get $state/files/$name.csr]
    openssl x509 -req -in $name.csr -CA inter.crt -CAkey inter.key \
        -set_serial $serial -days 30 -out $name.crt
    set leaf [get $state/ca/$name.crt]
    upload $name.crt $leaf
    upload $name-fullchain.crt $leaf[get $state/files/ca.crt]
}

# S3.1 to S3.10 in short: a key, its request, the CA's answer, both checks.
proc request {name serial} {
    command "pki csr $name CN:cms.example.com" \
        "\\.+\r\n\\.+\r\nCreated key file $name.key and CSR $name.csr\r\nCSR\
file $name.csr ready for download via SFTP\r\n"
    sign $name $serial
    command "pki match $name.key $name.crt" "Key and certificate match\r\n"
    command "pki verify $name.crt ca.crt" "Success\r\n"
}

# Lines that end in CR LF, as the console shows them.
proc lines {args} {
    set text ""
    foreach line $args {
        append text [literal $line] "\r\n"
    }
    return $text
}

# What a stranger sees: the serials in order, leaf first, and that they verify.
proc presents {port serials {starttls {}}} {
    global address
    set said [openssl s_client -connect $address:$port {*}$starttls \
        -showcerts -CAfile root.crt]
    set got {}
    foreach pem [regexp -all -inline -- \
        {-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----} $said] {
        put $::state/ca/seen.crt $pem\n
        lappend got [string map {serial= {}} \
            [openssl x509 -in seen.crt -noout -serial]]
    }
    if {$got != $serials} {
        wrong "port $port presents $got, not $serials"
    }
    if {![string match "*Verify return code: 0 (ok)*" $said]} {
        wrong "port $port: $said"
    }
}

proc root_serial {} {
    return [string map {serial= {}} \
        [openssl x509 -in root.crt -noout -serial]]
}

# Nobody answers there, or answers no more within 10 s.
proc absent {port} {
    global address
    for {set i 0} {$i < 100} {incr i} {
        if {[catch {socket $address $port} channel]} {
            return
        }
        close $channel
        after 100
    }
    wrong "port $port still answers"
}

# Ends all that runs, and the session.
proc finish {} {
    send "shutdown\r"
    expect {
        -ex "(Y/n)" {}
        timeout { wrong "shutdown does not ask" }
    }
    send "Y\r"
    expect {
        -ex "Shutting down..." {}
        timeout { wrong "no shutdown" }
    }
    ended
    for {set i 0} {$i < 100} {incr i} {
        if {[catch {exec pgrep -f -- "-d $::state"} left]} {
            return
        }
        after 100
    }
    wrong "processes stay: $left"
}

# S3.11 for a service that is enabled and disabled; before: its settings.
proc apply {service title before checks port {starttls {}}} {
    request web 17
    foreach line $before {
        command $line ""
    }
    command "$service certs web.key web.crt ca.crt" ""
    command "$service enable" [lines {*}$checks "SUCCESS: $title enabled"]
    presents $port [list 11 02 [root_serial]] $starttls
    command "$service disable" [lines "SUCCESS: $title disabled"]
    absent $port
    request other 18
    command "$service certs other.key other.crt ca.crt" ""
    command "$service enable" [lines {*}$checks "SUCCESS: $title enabled"]
    presents $port [list 12 02 [root_serial]] $starttls
    command "$service disable" [lines "SUCCESS: $title disabled"]
    command "$service certs none" ""
    absent $port
}

set pair "SUCCESS: Key and certificate pair match"
set bundle "SUCCESS: certificate verified against CA bundle"
