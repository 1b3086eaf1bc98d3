import { setDefaultResultOrder } from 'node:dns'

// Tests talk to loopback by address; a machine without IPv6 must not make them wait for it.
setDefaultResultOrder('ipv4first')
