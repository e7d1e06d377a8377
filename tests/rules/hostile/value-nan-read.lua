-- what is no number read as a key
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    return t[0/0] == nil
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
