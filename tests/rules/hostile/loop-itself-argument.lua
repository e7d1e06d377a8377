-- a function that is handed itself
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local function y(f) return f(f) end
    return y(y)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
