-- an error made of facts
-- expect: error withheld
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    error("gap " .. need.gap)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
