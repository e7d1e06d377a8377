-- many values
-- expect: fault not offered
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local function f(...) return ... end
    return f(1)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
