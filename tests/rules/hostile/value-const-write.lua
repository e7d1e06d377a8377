-- a constant set
-- expect: fault attempt to assign to const
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x <const> = 1
    x = 2
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
