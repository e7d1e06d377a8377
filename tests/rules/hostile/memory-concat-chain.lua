-- one long chain of ..
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s = ("x"):rep(230)
    local t = s .. s .. s .. s .. s .. s .. s .. s .. s .. s
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
