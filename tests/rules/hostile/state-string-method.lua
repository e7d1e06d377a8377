-- the methods of texts changed
-- expect: error is frozen
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s = string
    s.upper = nil
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
