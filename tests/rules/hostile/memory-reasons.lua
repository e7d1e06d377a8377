-- reasons made of long texts
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    for i = 1, 100000 do given(false, ("x"):rep(230) .. i) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
