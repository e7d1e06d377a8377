-- minus nothing is nothing
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = { [0] = "a" }
    t[-0.0] = "b"
    return t[0] == "b" and tostring(-0.0) == "-0"
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
