-- places at the edges of numbers
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return ("abc"):sub(math.mininteger, math.maxinteger) == "abc" and ("abc"):sub(math.maxinteger) == ""
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
