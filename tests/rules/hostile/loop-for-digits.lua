-- a text of digits as a limit, over and over
-- expect: error bad 'for' limit
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local digits = ("9"):rep(240)
    while true do
      for i = 1.0, digits do break end
    end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
