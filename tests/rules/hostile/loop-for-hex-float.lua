-- a hexadecimal float as a limit
-- expect: error number expected
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local digits = "0x1." .. ("f"):rep(190)
    while true do
      for i = 1, digits do break end
    end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
