-- a school rule knows no roles, and its functions get a cohort
-- expect: fault has no field 'roles'
school_rule "x" {
  about = "x", source = "guide-2010", owner = "tests", roles = "TASS",
  when = function(cohort) return cohort.cout > 1 end,
  recommend = function() return inset {} end,
}
