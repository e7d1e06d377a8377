-- corners of whole numbers
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local least = math.mininteger
    return least // -1 == least and least % -1 == 0 and least * -1 == least and math.abs(least) == least and least - 1 == math.maxinteger and 1 << 64 == 0 and 1 << -1 == math.maxinteger + 1 + least
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
