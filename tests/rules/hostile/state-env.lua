-- the environment as a table
-- expect: error is frozen
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local e = _ENV
    e.marker = 1
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
