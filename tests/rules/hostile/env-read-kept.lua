-- the environment as a value
-- expect: error unknown name
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local e = _ENV
    return e["o" .. "s"] ~= nil
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
