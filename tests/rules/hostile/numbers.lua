-- numbers at the edges
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return 1 // 0.0 == math.huge and math.tointeger(3.0) == 3 and -math.mininteger == math.mininteger and tonumber("0x10") == 16 and tonumber("1e1") == 10.0
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
