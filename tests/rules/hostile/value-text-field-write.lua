-- a field of a text set
-- expect: error
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s = "x"
    s.y = 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
