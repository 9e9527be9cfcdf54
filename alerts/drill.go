package alerts

// DrillRule is the rule whose alerts are drills: nobody has called for help. They
// are told as others are, and say so; where alerts are counted they are left out,
// whatever they were closed as.
const DrillRule = "drill"
