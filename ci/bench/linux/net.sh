# What the Linux guest does for `uusi bench net`: the network card's drivers, a lease, the program that answers. Run by busybox's sh
# as process 1.
b=/bin/busybox
for module in /modules/*; do
  $b insmod $module
done
$b ip link set lo up
$b ip link set eth0 up
$b udhcpc -i eth0 -n -q -f -s /lease >/dev/null 2>&1
exec /other
