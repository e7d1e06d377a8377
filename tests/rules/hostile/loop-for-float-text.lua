-- the longest text that is a float, as a limit
-- expect: error number expected
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local digits = "1." .. ("3"):rep(100) .. "e-300"
    while true do
      for i = 1, digits do break end
    end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
