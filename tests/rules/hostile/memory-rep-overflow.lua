-- a length that overflows
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s = ("xxxx"):rep(math.maxinteger, "yyyy")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
