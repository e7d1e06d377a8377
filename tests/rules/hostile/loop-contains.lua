-- a search in long texts in a loop
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local a = ("x"):rep(230)
    while true do local yes = contains(a, "xxxxxxxxxxxxy") end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
