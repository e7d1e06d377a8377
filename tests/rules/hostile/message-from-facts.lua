-- a message made from facts could hold personal data
-- expect: error withheld
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    error("works " .. person.minutes .. " minutes")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
