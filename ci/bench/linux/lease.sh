#!/bin/busybox sh
# Called by udhcpc for each change: takes the address and says so.
[ "$1" = bound ] || exit 0
/bin/busybox ip address add "$ip/$mask" dev "$interface"
/mark "lease $ip" >/dev/console
