package zones

// Usual is the time zone of whom, and of what, no other is known.
const Usual = "Asia/Shanghai"
