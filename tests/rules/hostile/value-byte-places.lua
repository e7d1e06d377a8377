-- places outside of a text
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s = "abc"
    return s:byte(100) == nil and s:byte(-3) == 97 and s:sub(math.mininteger, math.maxinteger) == s and s:sub(3, 2) == ""
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
