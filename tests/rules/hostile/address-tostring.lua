-- addresses in texts
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return tostring(need) == "need" and tostring(person) == "person" and tostring({}) == "table" and tostring(tostring) == "function"
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
