-- a long text as the step of a loop
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local hex = "0x" .. ("0"):rep(230) .. "1"
    while true do
      for i = 1, 2, hex do break end
    end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
