-- a text one byte too long
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s = ("x"):rep(240 + 1)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
