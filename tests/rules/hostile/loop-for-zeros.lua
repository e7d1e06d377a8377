-- a long text that is a small number, as a limit
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local zeros = ("0"):rep(230) .. "1"
    while true do
      for i = 1, zeros do break end
    end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
