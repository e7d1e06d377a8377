-- a long hexadecimal text as a limit
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local hex = "0x" .. ("f"):rep(230)
    while true do
      for i = 1, hex do break end
    end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
